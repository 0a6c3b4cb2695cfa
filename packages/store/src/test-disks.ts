/** What the tests of files and deletion share: disks that are as full as a test says, and a store on them. */
import { type DiskSpace, fileSystemError } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import type { MessageStoreConfig } from './config.js';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, testMessage } from './test-store.js';

/** A file of the log holds eight of them. */
const BODY = Buffer.alloc(30_000);

/** Disks of which a test says how full they are: the first path that is a prefix counts. */
class DisksOfTest extends MemoryFiles {
  readonly usedPercent = new Map<string, number>();

  /** Each directory of the root is a disk of its own. */
  override renameSync(from: string, to: string): void {
    if (from.split('/')[1] !== to.split('/')[1]) throw fileSystemError('EXDEV', `rename '${from}' -> '${to}'`);
    super.renameSync(from, to);
  }

  override diskSpaceSync(path: string): DiskSpace {
    const used = [...this.usedPercent].find(([prefix]) => path.startsWith(prefix))?.[1] ?? 10;
    return { totalBytes: 100_000_000, usedBytes: used * 1_000_000, freeBytes: (100 - used) * 1_000_000 };
  }
}

/** A store on such disks, with a clock of its own. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly disks = new DisksOfTest({ clock: this.clock });
  readonly files = new FaultyFiles(this.disks);
  store!: MessageStore;
  mayDeleteForcibly: (() => boolean) | undefined;

  async open(config: Partial<MessageStoreConfig> = {}): Promise<this> {
    const { clock, files, mayDeleteForcibly } = this;
    // An hour that never comes: tests say it when they want one.
    this.store = await openTestStore('/store', {
      files,
      clock,
      config: { deleteWhen: '99', ...config },
      attributesOf: (topic) => (topic === 'Compacted' ? new Map([['cleanup.policy', 'COMPACTION']]) : undefined),
      ...(mayDeleteForcibly === undefined ? {} : { mayDeleteForcibly }),
    });
    return this;
  }

  /** Fills so many files, and begins another one. */
  async fill(files: number, topic = 'TopicTest'): Promise<void> {
    for (let i = 0; i <= files * 8; i++)
      await putAndWait(this.store, testMessage({ topic, body: BODY, keys: `k${i}` }));
  }

  logFiles(directory = '/store/commitlog'): number[] {
    return this.disks.readdirSync(directory).map((name) => Number(name) / 262_144);
  }

  hour(): number {
    return new Date(this.clock.now()).getHours();
  }
}

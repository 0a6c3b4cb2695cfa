/** Progress of a broadcast consumer, kept in a file on this machine, in the reference's place and format. */
import { join } from 'node:path';
import { ConfigManager, type MessageQueue, messageQueueKey, parseJson, writeJson } from '@rocketmq-ts/common';
import { ResetOffsetBody } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import type { OffsetStore } from './offset-store.js';

/** `offsets.json` and its backup: `{"offsetTable":{{queue}:offset}}`. Source: OffsetSerializeWrapper. */
class OffsetFile extends ConfigManager {
  readonly offsets = new Map<string, { readonly queue: MessageQueue; readonly offset: number }>();

  protected override encode(): string {
    const offsetTable = new Map([...this.offsets.values()].map(({ queue, offset }) => [queue, offset]));
    return writeJson(ResetOffsetBody.write({ offsetTable }), { pretty: true });
  }

  protected override decode(text: string): void {
    const { offsetTable } = ResetOffsetBody.read(parseJson(text), 'offsets.json');
    for (const [queue, offset] of offsetTable) this.offsets.set(messageQueueKey(queue), { queue, offset });
  }
}

/** Source: LocalFileOffsetStore. */
export class LocalOffsetStore implements OffsetStore {
  readonly #file: OffsetFile;
  readonly #memory = new Map<string, number>();

  constructor(client: ClientInstance, group: string) {
    const { userHome, files } = client.ports;
    const path = join(userHome, '.rocketmq_offsets', client.clientId, group, 'offsets.json');
    this.#file = new OffsetFile(path, { files, logger: client.options.logger });
  }

  load(): void {
    this.#file.load();
    for (const [key, { offset }] of this.#file.offsets) this.#memory.set(key, offset);
  }

  update(queue: MessageQueue, offset: number): void {
    this.#memory.set(messageQueueKey(queue), offset);
  }

  peek(queue: MessageQueue): number | undefined {
    return this.#memory.get(messageQueueKey(queue));
  }

  async fetch(queue: MessageQueue): Promise<number | undefined> {
    return this.#file.offsets.get(messageQueueKey(queue))?.offset;
  }

  async persist(queues: Iterable<MessageQueue>): Promise<void> {
    let hasChanged = false;
    for (const queue of queues) {
      const key = messageQueueKey(queue);
      const offset = this.#memory.get(key);
      if (offset === undefined || offset === this.#file.offsets.get(key)?.offset) continue;
      this.#file.offsets.set(key, { queue, offset });
      hasChanged = true;
    }
    if (hasChanged) await this.#file.persist();
  }

  remove(queue: MessageQueue): void {
    this.#memory.delete(messageQueueKey(queue));
  }
}

/**
 * The special topics of a simulated life: delayed and timed messages with their
 * recall, compaction, inner batches, light queues. Which of them there are is
 * the seed's choice, as are several directories of the log.
 */
import {
  type Clock,
  encodeProperties,
  type Files,
  findProperty,
  type Logger,
  MessageSysFlag,
  TIMER_TOPIC,
} from '@rocketmq-ts/common';
import type { SeededRandom } from '@rocketmq-ts/testkit';
import type { AppendResult, PutMessage, PutMessageStatus } from '../api.js';
import type { MessageStoreConfig } from '../config.js';
import type { MessageStore } from '../message-store.js';
import { RecordBytes } from '../record-bytes.js';
import { propertiesOf, storeTimestampOf } from '../record-reader.js';
import { batchBody, type ReadMessage, readQueue, testMessage } from '../test-store.js';
import { TimerMessageStore } from '../timer/timer-message-store.js';
import { type End, nameOf } from './test-ledger.js';

const BATCH = 'BatchTopic';
const LIGHT = 'LightTopic';
const LIGHT_QUEUES = ['%LMQ%a', '%LMQ%b'];
const COMPACTED = 'Compacted';
const SCHEDULE = 'SCHEDULE_TOPIC_XXXX';
const DUE = 'Due';
const OURS: ReadonlySet<string> = new Set([BATCH, LIGHT, ...LIGHT_QUEUES, COMPACTED, SCHEDULE, TIMER_TOPIC, DUE]);
const KEYS = 5;
const LEVELS_MS = [1000, 5000, 10_000];
const SECOND_MS = 1000;
const DELAYS_MS = [2000, 5000, 30_000, 70_000, 300_000];
const LONGEST_DELAY_MS = 300_000;
const KINDS = ['batch', 'light', 'compacted', 'delayed', 'timed'] as const;
type Kind = (typeof KINDS)[number];

/** What was handed to the store. */
interface Handed {
  readonly kind: Kind;
  readonly name: string;
  readonly queueId: number;
  /** Of a batch: messages in it. */
  readonly count: number;
  readonly lightNames: readonly string[];
  readonly key: string;
  /** Of a timed message: its slot. */
  readonly outMs: number;
  /** Of a mark that takes another back: the name of that. */
  readonly recalls: string | undefined;
}

/** What the store has acknowledged. */
interface Kept extends Handed {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly flushed: boolean;
  readonly atMs: number;
}

/** What the life around provides. */
export interface SpecialHost {
  readonly clock: Clock;
  readonly files: Files;
  readonly logger: Logger;
  readonly isSync: boolean;
  /** Nobody hears answers any more. */
  readonly isDead: () => boolean;
  readonly isFaulty: () => boolean;
}

export class SpecialWork {
  readonly config: Partial<MessageStoreConfig>;
  readonly #random: SeededRandom;
  readonly #kinds: readonly Kind[];
  readonly #handed = new Map<string, Handed>();
  readonly #kept = new Map<string, Kept>();
  /** Marks that take a message back which may come too late: the clock has leapt while they were held up. */
  readonly #late = new Set<string>();
  #hasTakenAll = false;
  /** Each life of a process may deliver again what the one before has not noted durably. */
  #lives = 0;
  #names = 0;
  #timer: TimerMessageStore | undefined;
  #host: SpecialHost | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#kinds = KINDS.filter(() => random.chance(0.5));
    this.config = {
      enableLmq: true,
      enableMultiDispatch: true,
      compactionCqMappedFileSize: 20 * 46,
      compactionMappedFileSize: 16_000,
      compactionScheduleInternal: 60_000,
      mappedFileSizeTimerLog: 2120,
      timerMaxDelaySec: 30 * 86_400,
      timerRollWindowSlot: random.pick([60, 172_800]),
      timerWheelSnapshotFlush: random.chance(0.3),
      messageDelayLevel: LEVELS_MS.map((ms) => `${ms / SECOND_MS}s`).join(' '),
      ...(random.chance(0.3) ? { storePathCommitLog: random.pick(['/a,/b', '/store/commitlog,/c/log']) } : {}),
    };
  }

  get isTimed(): boolean {
    return this.#kinds.includes('timed');
  }

  get #mayRoll(): boolean {
    return this.config.timerRollWindowSlot! * SECOND_MS < LONGEST_DELAY_MS;
  }

  /** Whether the files of the timer are of one state: stopped while it makes them again, it begins anew at the next start. */
  get isTimerWhole(): boolean {
    return this.#hasTakenAll;
  }

  /** Whether the messages of a topic are judged here. */
  owns(topic: string): boolean {
    return OURS.has(topic);
  }

  /** Those that are judged here, without light queues. */
  get topics(): string[] {
    return [...OURS].filter((topic) => !LIGHT_QUEUES.includes(topic));
  }

  attributesOf(topic: string): ReadonlyMap<string, string> | undefined {
    if (topic === BATCH) return new Map([['queue.type', 'BatchCQ']]);
    return topic === COMPACTED ? new Map([['cleanup.policy', 'COMPACTION']]) : undefined;
  }

  /** Begins a run: the store is open. Throws what reading the files of the timer throws. */
  async begin(store: MessageStore, config: MessageStoreConfig, host: SpecialHost): Promise<void> {
    this.#host = host;
    this.#lives++;
    this.#timer = undefined;
    if (!this.isTimed) return;
    const timer = new TimerMessageStore({ ...host, config, store, random: this.#random, delivered: () => {} });
    store.setArrivingListener({ arriving: (topic) => (topic === TIMER_TOPIC ? timer.wake() : undefined) });
    await timer.load();
    timer.start();
    this.#timer = timer;
  }

  /** The clock is about to leap: the time of what was not taken in yet is over at once. */
  clockLeaps(): void {
    // Also those that wait for their answer.
    if (this.#host?.isFaulty()) for (const name of this.#handed.keys()) this.#late.add(name);
  }

  /** Files were deleted, which a power cut may bring back: messages that waited in them were dropped, and do not come. */
  filesDeleted(minPhysicalOffset: number): void {
    for (const kept of this.#kept.values())
      if (kept.kind === 'timed' && kept.physicalOffset < minPhysicalOffset) this.#kept.delete(kept.name);
  }

  /** Before the store is closed. */
  async stop(): Promise<void> {
    this.#hasTakenAll = this.#timer?.runtimeInfo().get('timerOffsetBehind') === '0';
    await this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Puts some messages. */
  step(store: MessageStore): void {
    if (this.#kinds.length === 0) return;
    for (let i = this.#random.nextInt(8); i >= 0; i--) this.#put(store, this.#random.pick(this.#kinds));
  }

  #put(store: MessageStore, kind: Kind): void {
    const random = this.#random;
    const name = `s${this.#names++}`;
    const body = Buffer.from(`${name}|${'z'.repeat(random.pick([0, 10, 100, 600]))}`);
    const handed = { kind, name, queueId: 0, count: 1, lightNames: [], key: '', outMs: 0, recalls: undefined };
    if (kind === 'batch') {
      const count = 1 + random.nextInt(5);
      const sysFlag = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;
      const bodies = Array.from({ length: count }, (_, i) => (i === 0 ? body.toString() : `${i}`));
      const properties = `INNER_NUM\u0001${count}\u0002`;
      const queueId = random.nextInt(2);
      this.#hand(store, { ...handed, queueId, count }, { topic: BATCH, sysFlag, body: batchBody(bodies), properties });
    } else if (kind === 'light') {
      const lightNames = LIGHT_QUEUES.slice(random.nextInt(2), 1 + random.nextInt(2) + 1);
      const properties = `INNER_MULTI_DISPATCH\u0001${lightNames.join(',')}\u0002`;
      this.#hand(store, { ...handed, lightNames }, { topic: LIGHT, body, properties });
    } else if (kind === 'compacted') {
      const key = `k${random.nextInt(KEYS)}`;
      this.#hand(
        store,
        { ...handed, key },
        { topic: COMPACTED, body, keys: key, properties: `KEYS\u0001${key}\u0002` },
      );
    } else if (kind === 'delayed') {
      const level = 1 + random.nextInt(LEVELS_MS.length);
      const properties = `DELAY\u0001${level}\u0002REAL_TOPIC\u0001${DUE}\u0002REAL_QID\u00010\u0002`;
      this.#hand(store, { ...handed, queueId: level - 1 }, { topic: SCHEDULE, queueId: level - 1, body, properties });
    } else this.#putTimed(store, handed, body);
  }

  #putTimed(store: MessageStore, handed: Handed, body: Uint8Array): void {
    const random = this.#random;
    const now = this.#host!.clock.now();
    const waiting = [...this.#kept.values()].filter(
      ({ kind, recalls, outMs, name }) =>
        kind === 'timed' && recalls === undefined && outMs > now + 10 * SECOND_MS && !this.#isRecalled(name),
    );
    const target = waiting.length > 0 && random.chance(0.3) ? random.pick(waiting) : undefined;
    const delayMs = random.pick(DELAYS_MS);
    const outMs = target?.outMs ?? Math.floor((now + delayMs) / SECOND_MS) * SECOND_MS;
    const properties: [string, string][] = [
      ['UNIQ_KEY', target?.name ?? handed.name],
      ['TIMER_OUT_MS', String(outMs)],
      ['REAL_TOPIC', DUE],
      ['REAL_QID', '0'],
    ];
    if (target !== undefined) properties.push(['TIMER_DEL_UNIQKEY', target.name]);
    const message = {
      topic: TIMER_TOPIC,
      body,
      uniqKey: target?.name ?? handed.name,
      properties: encodeProperties(properties),
    };
    this.#hand(store, { ...handed, outMs, recalls: target?.name }, message);
  }

  #isRecalled(name: string): boolean {
    return [...this.#handed.values()].some(({ recalls }) => recalls === name);
  }

  #hand(store: MessageStore, handed: Handed, message: Partial<PutMessage>): void {
    const host = this.#host!;
    const waited = this.#random.chance(0.9);
    this.#handed.set(handed.name, handed);
    const putDone = (status: PutMessageStatus, result: AppendResult | undefined): void => {
      if (host.isDead() || (result === undefined && host.isFaulty())) return;
      if (result === undefined) throw new Error(`a ${handed.kind} put was refused without a fault: ${status}`);
      const flushed = waited && host.isSync && status === 'PUT_OK';
      const { queueOffset, physicalOffset } = result;
      const atMs = host.clock.now();
      this.#kept.set(handed.name, { ...handed, queueOffset, physicalOffset, flushed, atMs });
    };
    store.put(testMessage({ queueId: handed.queueId, waitStoreMsgOk: waited, ...message }), { putDone });
  }

  /** Judges a store that was opened after `end`. */
  async judge(store: MessageStore, end: End): Promise<void> {
    for (const queueId of [0, 1]) await this.#judgeQueue(store, end, 'batch', BATCH, queueId);
    await this.#judgeQueue(store, end, 'light', LIGHT, 0);
    for (const queueId of LEVELS_MS.keys()) await this.#judgeQueue(store, end, 'delayed', SCHEDULE, queueId);
    await this.#judgeQueue(store, end, 'timed', TIMER_TOPIC, 0);
    await this.#judgeLight(store);
    await this.#judgeDelays(store);
    await this.#judgeCompacted(store, end);
  }

  /** In the end every timed message must have come, but for those that were taken back. To be asked when all are due. */
  async judgeDue(store: MessageStore): Promise<void> {
    if (!this.isTimed) return;
    const counts = new Map<string, number>();
    // What goes round may get a copy in each life, and each copy comes by itself.
    const mostOften = this.#mayRoll ? this.#lives ** 2 : this.#lives;
    for (const message of await this.#gapless(store, DUE, 0)) {
      const name = nameOf(message.body);
      const handed = this.#handed.get(name);
      if (handed === undefined) throw new Error(`${DUE}: nobody has sent '${message.body.slice(0, 40)}'`);
      const storedMs = storeTimestampOf(new RecordBytes(message.bytes), 0);
      if (storedMs < handed.outMs) throw new Error(`${name} has come at ${storedMs}, before its time ${handed.outMs}`);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (counts.get(name)! > mostOften) throw new Error(`${name} has come ${counts.get(name)} times`);
    }
    for (const kept of this.#kept.values()) {
      if (kept.kind !== 'timed' || kept.recalls !== undefined) continue;
      const marks = [...this.#handed.values()].filter(({ recalls }) => recalls === kept.name);
      if (marks.length === 0 && !counts.has(kept.name))
        throw new Error(`${kept.name}, due at ${kept.outMs}, was acknowledged and has not come`);
      const isBack = marks.some(({ name }) => this.#kept.has(name) && !this.#late.has(name));
      if (isBack && counts.has(kept.name)) throw new Error(`${kept.name} was taken back in time and has come`);
    }
  }

  /** The messages of a queue; their offsets follow each other. */
  async #gapless(store: MessageStore, topic: string, queueId: number): Promise<ReadMessage[]> {
    const messages = await readQueue(store, topic, queueId);
    // A batch queue that never held a message begins at -1.
    let next = Math.max(0, store.minOffsetInQueue(topic, queueId));
    for (const { queueOffset, bytes } of messages) {
      if (queueOffset !== next) throw new Error(`${topic}/${queueId}: ${queueOffset} follows ${next - 1}`);
      const count = findProperty(propertiesOf(new RecordBytes(bytes), 0), 'INNER_NUM');
      next = queueOffset + Number(count ?? 1);
    }
    const maxOffset = store.maxOffsetInQueue(topic, queueId);
    if (next !== maxOffset)
      throw new Error(`${topic}/${queueId}: its messages end at ${next}, it ends at ${maxOffset}`);
    return messages;
  }

  async #judgeQueue(store: MessageStore, end: End, kind: Kind, topic: string, queueId: number): Promise<void> {
    const found = new Map<string, ReadMessage>();
    for (const message of await this.#gapless(store, topic, queueId)) {
      const name = nameIn(kind, message);
      const handed = this.#handed.get(name);
      if (handed?.kind !== kind || handed.queueId !== queueId)
        throw new Error(`${topic}/${queueId}: nobody has sent ${name}`);
      // A timed message that goes round comes again.
      if (kind !== 'timed' && found.has(name)) throw new Error(`${topic}/${queueId}: ${name} is there twice`);
      if (!found.has(name)) found.set(name, message);
    }
    for (const kept of this.#keptOf(kind, queueId)) {
      const message = found.get(kept.name);
      if (message !== undefined && (kind === 'timed' || message.queueOffset === kept.queueOffset)) continue;
      if (kept.physicalOffset < store.minPhysicalOffset) this.#kept.delete(kept.name);
      else this.#lose(kept, end);
    }
  }

  #keptOf(kind: Kind, queueId: number): Kept[] {
    return [...this.#kept.values()].filter((kept) => kept.kind === kind && kept.queueId === queueId);
  }

  /** Throws when the message was promised. */
  #lose(kept: Kept, end: End): void {
    const mayBeLost = end.kind === 'power' && kept.physicalOffset >= end.flushedOffset && !kept.flushed;
    if (!mayBeLost)
      throw new Error(
        `${kept.kind} ${kept.name} at ${kept.queueOffset} (${kept.physicalOffset}) was acknowledged and is lost`,
      );
    this.#kept.delete(kept.name);
  }

  /** Every message is in each light queue that it names, once. */
  async #judgeLight(store: MessageStore): Promise<void> {
    const inTopic = await readQueue(store, LIGHT, 0);
    for (const queue of LIGHT_QUEUES) {
      const names = (await this.#gaplessLight(store, queue)).map(({ body }) => nameOf(body));
      if (new Set(names).size !== names.length) throw new Error(`${queue} holds a message twice`);
      const expected = inTopic
        .map(({ body }) => nameOf(body))
        .filter((name) => this.#handed.get(name)!.lightNames.includes(queue));
      if (names.join() !== expected.join())
        throw new Error(`${queue} holds ${names.join()} instead of ${expected.join()}`);
    }
  }

  /** A record that is read from a light queue has the offset of its own topic. */
  async #gaplessLight(store: MessageStore, queue: string): Promise<ReadMessage[]> {
    const messages = await readQueue(store, queue, 0);
    const count = store.maxOffsetInQueue(queue, 0) - store.minOffsetInQueue(queue, 0);
    if (messages.length !== count) throw new Error(`${queue}: ${messages.length} messages for ${count} offsets`);
    return messages;
  }

  /** Entries of the schedule topic say when their message is due. */
  async #judgeDelays(store: MessageStore): Promise<void> {
    for (const [queueId, delayMs] of LEVELS_MS.entries()) {
      for (const { queueOffset, bytes } of await readQueue(store, SCHEDULE, queueId)) {
        const [entry] = await store.queueEntries(SCHEDULE, queueId, queueOffset, 1);
        const dueMs = storeTimestampOf(new RecordBytes(bytes), 0) + delayMs;
        if (entry?.tagsCode !== dueMs)
          throw new Error(
            `${SCHEDULE}/${queueId}@${queueOffset} is due at ${dueMs}, its entry says ${entry?.tagsCode}`,
          );
      }
    }
  }

  /** What was acknowledged is there, but for what a newer message of its key has made superfluous. */
  async #judgeCompacted(store: MessageStore, end: End): Promise<void> {
    const newest = new Map<string, number>();
    const found = new Map<string, number>();
    let last = -1;
    for (const { body, queueOffset } of await readQueue(store, COMPACTED, 0)) {
      const handed = this.#handed.get(nameOf(body));
      if (handed?.kind !== 'compacted')
        throw new Error(`${COMPACTED}@${queueOffset}: nobody has sent '${body.slice(0, 40)}'`);
      if (queueOffset <= last) throw new Error(`${COMPACTED}: ${queueOffset} follows ${last}`);
      last = queueOffset;
      newest.set(handed.key, queueOffset);
      found.set(handed.name, queueOffset);
    }
    for (const kept of this.#keptOf('compacted', 0)) {
      const at = found.get(kept.name);
      if (at === kept.queueOffset) continue;
      if (at !== undefined) throw new Error(`${kept.name} was at ${kept.queueOffset} and is at ${at}`);
      if ((newest.get(kept.key) ?? -1) > kept.queueOffset) continue;
      this.#lose(kept, end);
    }
  }
}

function nameIn(kind: Kind, { body, bytes }: ReadMessage): string {
  if (kind !== 'batch') return nameOf(body);
  const text = bytes.toString('latin1');
  return /(s\d+)\|/.exec(text)?.[1] ?? '';
}

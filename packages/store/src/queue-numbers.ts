// Numbers the queues of which records are found: 0 for that of the first, and so on.
import type { RecordBytes } from './record-bytes.js';
import { queueIdOf, topicBelongs, topicLength, topicPosition } from './record-reader.js';

/** The queues that the records of one block name. */
export class QueueNumbers {
  readonly #data: RecordBytes;
  /** By hash, the numbers of the queues that have it. */
  readonly #byHash = new Map<number, number[]>();
  /** Of each queue its topic's name and its id. */
  readonly #topics: Uint8Array[] = [];
  readonly #queueIds: number[] = [];

  constructor(data: RecordBytes) {
    this.#data = data;
  }

  /** The number of the queue that the whole record at `at` names. */
  of(at: number): number {
    const { view } = this.#data;
    const queueId = queueIdOf(this.#data, at);
    const topicAt = topicPosition(view, at);
    const length = topicLength(view, at, topicAt);
    let hash = queueId;
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + view.getUint8(topicAt + i)) | 0;
    const known = this.#byHash.get(hash);
    if (known !== undefined) {
      for (const number of known) {
        if (this.#queueIds[number] === queueId && topicBelongs(this.#data, at, this.#topics[number]!)) return number;
      }
    }
    const number = this.#topics.length;
    this.#topics.push(this.#data.part(topicAt, length));
    this.#queueIds.push(queueId);
    if (known === undefined) this.#byHash.set(hash, [number]);
    else known.push(number);
    return number;
  }
}

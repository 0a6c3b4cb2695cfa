// What the server has promised, and whether it kept it: every acknowledged message at its place, whole and once.
import { crc32 } from 'node:zlib';
import type { RawClient } from './raw-client.js';
import { type Message, readQueue } from './requests.js';
import type { StoredMessage } from './stored-message.js';

/** A queue. */
export interface Queue {
  readonly topic: string;
  readonly queueId: number;
}

/** What a check found; every number but `stored` and `acknowledged` should be 0. */
export interface Findings {
  stored: number;
  acknowledged: number;
  readonly problems: string[];
}

const MAX_PROBLEMS = 20;

/** A body that carries its own check: key, a bar, filling, CRC32 of all before. */
export function checkedBody(key: string, sizeBytes: number): Buffer {
  const body = Buffer.alloc(Math.max(sizeBytes, key.length + 5), key.charCodeAt(key.length - 1));
  body.write(`${key}|`);
  body.writeUInt32BE(crc32(body.subarray(0, body.length - 4)) >>> 0, body.length - 4);
  return body;
}

function keyOf(body: Buffer): string | undefined {
  if (body.length < 5) return undefined;
  if (crc32(body.subarray(0, body.length - 4)) >>> 0 !== body.readUInt32BE(body.length - 4)) return undefined;
  return body.toString('latin1', 0, body.indexOf(0x7c));
}

/** Acknowledged messages by queue and offset. */
export class Ledger {
  readonly #acknowledged = new Map<string, Map<number, string>>();
  readonly #queues = new Map<string, Queue>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A message that was sent to a queue which must be read back even if nothing in it was acknowledged. */
  watch({ topic, queueId }: Queue): void {
    const name = `${topic}/${queueId}`;
    if (this.#queues.has(name)) return;
    this.#queues.set(name, { topic, queueId });
    this.#acknowledged.set(name, new Map());
  }

  /** The server said that this message is stored at this offset. */
  acknowledge(message: Message, offset: number): void {
    const offsets = this.#acknowledged.get(`${message.topic}/${message.queueId}`)!;
    const before = offsets.get(offset);
    if (before !== undefined)
      throw new Error(
        `${message.topic}/${message.queueId}@${offset} was acknowledged for ${before} and ${message.key}`,
      );
    offsets.set(offset, message.key);
    this.#count++;
  }

  /** Reads every queue from its beginning and compares. */
  async check(client: RawClient): Promise<Findings> {
    const findings: Findings = { stored: 0, acknowledged: this.#count, problems: [] };
    const seen = new Map<string, string>();
    for (const queue of this.#queues.values()) await this.#checkQueue(client, queue, seen, findings);
    return findings;
  }

  async #checkQueue(client: RawClient, queue: Queue, seen: Map<string, string>, findings: Findings): Promise<void> {
    const name = `${queue.topic}/${queue.queueId}`;
    const offsets = this.#acknowledged.get(name)!;
    if (offsets.size === 0 && !(await exists(client, queue))) return;
    const problem = (text: string) => {
      if (findings.problems.length < MAX_PROBLEMS) findings.problems.push(text);
    };
    const visit = (message: StoredMessage) => {
      const where = `${name}@${message.queueOffset}`;
      const key = keyOf(message.body);
      const promised = offsets.get(message.queueOffset);
      if (key === undefined || message.properties.get('KEYS') !== key)
        problem(`${where}: the body or the key is damaged`);
      else if (promised !== undefined && promised !== key)
        problem(`${where}: acknowledged for ${promised}, holds ${key}`);
      else if (seen.has(key)) problem(`${where}: ${key} is stored at ${seen.get(key)} too`);
      else seen.set(key, where);
    };
    let end = 0;
    try {
      end = await readQueue(client, queue, visit);
    } catch (error) {
      problem(String(error));
    }
    findings.stored += end;
    for (const [offset, key] of offsets)
      if (offset >= end) problem(`${name}@${offset}: ${key} is lost, the queue ends at ${end}`);
  }
}

/** Whether the server knows the topic; a kill may come before its creation was written, when nothing in it was acknowledged. */
async function exists(client: RawClient, { topic, queueId }: Queue): Promise<boolean> {
  const answer = await client.call({ code: 30, ext: { topic, queueId: `${queueId}` } });
  return answer.code === 0;
}

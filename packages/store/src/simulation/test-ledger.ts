/**
 * What the producers of a simulation were told, and the judgement whether a
 * store that was opened again has kept it.
 */
import type { AppendResult, PutMessageStatus } from '../api.js';
import type { MessageStore } from '../message-store.js';
import { type ReadMessage, readQueue } from '../test-store.js';

/** A message that was handed to the store. */
export interface Sent {
  readonly topic: string;
  readonly queueId: number;
  readonly body: string;
  /** Value of KEYS; undefined without. */
  readonly indexKey: string | undefined;
}

/** A message of which the store has said where it is. */
export interface Kept extends Sent {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** The answer waited for the flush: with SYNC_FLUSH it is a promise that outlives a power cut. */
  readonly flushed: boolean;
  /** Virtual time of the answer. */
  readonly atMs: number;
}

/** How the run ended that the judgement follows. */
export type End =
  /** The process is gone, the system lives on; or nothing happened at all. */
  | { readonly kind: 'process' }
  /** Power is gone: what lay behind `flushedOffset` may be lost, from one place on. */
  | { readonly kind: 'power'; readonly flushedOffset: number };

/** Bodies begin with a name of their own. */
export function nameOf(body: string): string {
  return body.slice(0, body.indexOf('|'));
}

const placeOf = ({ topic, queueId }: Sent, queueOffset: number) => `${topic}/${queueId}@${queueOffset}`;

export class Ledger {
  /** Everything that was ever handed over, by name. */
  readonly #sent = new Map<string, Sent>();
  /** What must be there, by place. */
  #kept = new Map<string, Kept>();
  /** What was handed over before its topic was deleted, by name. */
  readonly #gone = new Set<string>();
  /** Messages before this were deleted with their files. */
  #deletedBelow = 0;

  get keptCount(): number {
    return this.#kept.size;
  }

  handOver(sent: Sent): void {
    this.#sent.set(nameOf(sent.body), sent);
  }

  /** Notes an answer to messages of one put. */
  answered(
    messages: readonly Sent[],
    status: PutMessageStatus,
    result: AppendResult | undefined,
    how: { waited: boolean; atMs: number },
  ): void {
    if (result === undefined) return;
    for (const [i, sent] of messages.entries()) {
      if (this.#gone.has(nameOf(sent.body))) continue;
      const kept = {
        ...sent,
        queueOffset: result.queueOffset + i,
        physicalOffset: result.physicalOffsets?.[i] ?? result.physicalOffset,
        flushed: how.waited && status === 'PUT_OK',
        atMs: how.atMs,
      };
      const place = placeOf(sent, kept.queueOffset);
      const other = this.#kept.get(place);
      if (other !== undefined) throw new Error(`${place} was given to ${nameOf(other.body)} and ${nameOf(sent.body)}`);
      this.#kept.set(place, kept);
    }
  }

  /** The topic was deleted: its messages may come back or not. */
  topicDeleted(topic: string): void {
    for (const [place, kept] of this.#kept) if (kept.topic === topic) this.#kept.delete(place);
    for (const [name, sent] of this.#sent) if (sent.topic === topic) this.#gone.add(name);
  }

  /** Files were deleted: what lies before `minPhysicalOffset` is no longer promised. */
  filesDeleted(minPhysicalOffset: number): void {
    this.#deletedBelow = Math.max(this.#deletedBelow, minPhysicalOffset);
    for (const [place, kept] of this.#kept) {
      if (kept.physicalOffset < minPhysicalOffset) this.#kept.delete(place);
    }
  }

  /** A message that is promised, for a look at the index; undefined when none with a key is. */
  somethingKept(pick: (count: number) => number): Kept | undefined {
    const isIndexed = ({ indexKey, physicalOffset }: Kept) =>
      indexKey !== undefined && physicalOffset >= this.#deletedBelow;
    const withKey = [...this.#kept.values()].filter(isIndexed);
    return withKey.length === 0 ? undefined : withKey[pick(withKey.length)];
  }

  /** The oldest promise that does not lie before `physicalOffset`; undefined when there is none. */
  oldestFrom(physicalOffset: number): Kept | undefined {
    let oldest: Kept | undefined;
    for (const kept of this.#kept.values()) {
      if (kept.physicalOffset >= physicalOffset && (oldest === undefined || kept.atMs < oldest.atMs)) oldest = kept;
    }
    return oldest;
  }

  /** Throws unless the message is one that was handed over for this queue, unchanged. */
  mustBeKnown(topic: string, queueId: number, message: ReadMessage): Sent {
    const sent = this.#sent.get(nameOf(message.body));
    const place = `${topic}/${queueId}@${message.queueOffset}`;
    if (sent === undefined) throw new Error(`${place}: nobody has sent '${message.body.slice(0, 40)}'`);
    if (sent.topic !== topic || sent.queueId !== queueId) {
      throw new Error(`${place}: ${nameOf(sent.body)} was sent to ${sent.topic}/${sent.queueId}`);
    }
    if (sent.body !== message.body) throw new Error(`${place}: ${nameOf(sent.body)} is changed`);
    return sent;
  }

  /**
   * Judges a store that was opened after `end`: everything promised is there,
   * everything there was sent, offsets have no gap. What is visible now is
   * promised from now on. Topics that are judged elsewhere are passed over.
   */
  async judge(store: MessageStore, end: End, isElsewhere: (topic: string) => boolean = () => false): Promise<void> {
    const visible = new Map<string, Kept>();
    for (const { topic, queueId, minOffset, maxOffset } of store.queues()) {
      if (isElsewhere(topic)) continue;
      const messages = await readQueue(store, topic, queueId);
      const places = messages.map(({ queueOffset }) => queueOffset);
      if (places.some((offset, i) => offset !== minOffset + i) || messages.length !== maxOffset - minOffset) {
        throw new Error(`${topic}/${queueId} of ${minOffset} to ${maxOffset} has a gap: ${ranges(places)}`);
      }
      for (const message of messages) {
        const sent = this.mustBeKnown(topic, queueId, message);
        const { queueOffset, physicalOffset } = message;
        visible.set(placeOf(sent, queueOffset), { ...sent, queueOffset, physicalOffset, flushed: false, atMs: 0 });
      }
    }
    this.#mustBeComplete(visible, end);
    for (const [place, kept] of this.#kept) if (visible.get(place)?.body === kept.body) visible.set(place, kept);
    this.#kept = visible;
  }

  #mustBeComplete(visible: ReadonlyMap<string, Kept>, end: End): void {
    let lostFrom = Number.POSITIVE_INFINITY;
    for (const [place, kept] of this.#kept) {
      const found = visible.get(place);
      if (found?.body === kept.body && found.physicalOffset === kept.physicalOffset) continue;
      const name = nameOf(kept.body);
      const mayBeLost = end.kind === 'power' && kept.physicalOffset >= end.flushedOffset && !kept.flushed;
      if (!mayBeLost) {
        const there = found === undefined ? 'nothing' : nameOf(found.body);
        throw new Error(`${place} (${kept.physicalOffset}): ${name} was acknowledged, ${there} is there`);
      }
      lostFrom = Math.min(lostFrom, kept.physicalOffset);
    }
    for (const [place, kept] of visible) {
      if (kept.physicalOffset > lostFrom && this.#kept.has(place)) {
        throw new Error(`${place}: kept, though an older message, at ${lostFrom}, is lost`);
      }
    }
  }
}

/** Offsets as `0-4 7-9`. */
function ranges(offsets: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < offsets.length; ) {
    let end = i;
    while (end + 1 < offsets.length && offsets[end + 1] === offsets[end]! + 1) end++;
    parts.push(`${offsets[i]}-${offsets[end]}`);
    i = end + 1;
  }
  return parts.join(' ');
}

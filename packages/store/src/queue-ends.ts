/** Where the queues ended at one moment, while a check point is made of it. */
import type { ManifestEntry } from './queue-manifest.js';

/** Queues that are deleted meanwhile are left out: of the same name there may be others by then. */
export class QueueEnds {
  /** How often something was left out. */
  changes = 0;
  readonly #topics = new Map<string, ManifestEntry[]>();

  /** Notes them anew. */
  note(entries: Iterable<ManifestEntry>): void {
    this.#topics.clear();
    for (const entry of entries) {
      const noted = this.#topics.get(entry.topic);
      if (noted === undefined) this.#topics.set(entry.topic, [entry]);
      else noted.push(entry);
    }
  }

  /** Leaves out a queue, or all of a topic. */
  forget(topic: string, queueId?: number): void {
    this.changes++;
    const left = this.#topics.get(topic)?.filter((entry) => queueId !== undefined && entry.queueId !== queueId) ?? [];
    if (left.length > 0) this.#topics.set(topic, left);
    else this.#topics.delete(topic);
  }

  /** What was noted and not left out, by topic. */
  *entries(): Iterable<ManifestEntry> {
    for (const entries of this.#topics.values()) yield* entries;
  }
}

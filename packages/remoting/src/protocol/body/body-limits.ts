/** How much JSON a body may hold: what is read from it is built while everyone else waits. */

export interface BodyLimits {
  readonly maxBytes: number;
  /** Objects and lists. */
  readonly maxContainers: number;
  /** Members and elements. */
  readonly maxValues: number;
}

const MB = 1024 * 1024;

/**
 * By what a request is for. The engine makes some 600 values in a millisecond at
 * its worst (keys that are all different), and objects that are all of another
 * shape are slower still.
 */
export const BODY_LIMITS = {
  /** A version, a switch: a handful of members. */
  small: { maxBytes: 64 * 1024, maxContainers: 1000, maxValues: 10_000 },
  /** What a client says of itself: ten thousand queues or groups. */
  request: { maxBytes: 4 * MB, maxContainers: 20_000, maxValues: 60_000 },
  /** What an administrator enters at once: some 15,000 topics. */
  list: { maxBytes: 8 * MB, maxContainers: 32_000, maxValues: 160_000 },
  /** All topics of a broker at once: 200,000. */
  registration: { maxBytes: 32 * MB, maxContainers: 500_000, maxValues: 2_500_000 },
  /** A whole table in an answer, to those who asked for it. */
  table: { maxBytes: 64 * MB, maxContainers: 500_000, maxValues: 8_000_000 },
} as const satisfies Record<string, BodyLimits>;

/** Bounds of the tables, since any peer may fill them. The reference has none; these lie far beyond the largest clusters known. */

export interface RouteLimits {
  /** Broker processes that may be registered. */
  readonly maxBrokers: number;
  readonly maxTopics: number;
  readonly maxTopicsPerRegistration: number;
  readonly maxMappingsPerRegistration: number;
  readonly maxFilterServersPerBroker: number;
  /** Logical queues of one static topic on one broker. */
  readonly maxMappedQueues: number;
  /** Read or write queues of a topic on one broker: clients make an object for each. */
  readonly maxQueueNums: number;
  /** Bytes that a compressed registration may inflate to. */
  readonly maxInflatedBytes: number;
}

/** The bounds of a name server unless its owner gives others. */
export const DEFAULT_ROUTE_LIMITS: RouteLimits = {
  maxBrokers: 10_000,
  maxTopics: 1_000_000,
  maxTopicsPerRegistration: 200_000,
  maxMappingsPerRegistration: 100_000,
  maxFilterServersPerBroker: 100,
  maxMappedQueues: 65_536,
  maxQueueNums: 65_536,
  maxInflatedBytes: 32 * 1024 * 1024,
};

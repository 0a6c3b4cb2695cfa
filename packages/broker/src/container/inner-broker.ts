/** A broker in a container as the container sees it; what runs it (a thread) is the business of who makes it. */
import type { BrokerSettingsOverrides } from '../settings.js';

/** Who a broker is. Source: BrokerIdentity. */
export interface BrokerIdentity {
  readonly brokerClusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
}

/** One text for an identity. Source: BrokerIdentity#getCanonicalName. */
export function canonicalNameOf({ brokerClusterName, brokerName, brokerId }: BrokerIdentity): string {
  return `${brokerClusterName}_${brokerName}_${brokerId}`;
}

/** A broker that may be started: its file, checked, and what it takes of the machine. Plain data, so that it can be handed to a thread. */
export interface InnerBrokerPlan {
  readonly identity: BrokerIdentity;
  /** The canonical name, for logs and errors. */
  readonly name: string;
  readonly isSlave: boolean;
  readonly configPath: string;
  /** What stands in the file. */
  readonly properties: ReadonlyMap<string, string>;
  /** Under the file. */
  readonly overrides: BrokerSettingsOverrides;
  /** Over the file: what the container decides. */
  readonly decided: ReadonlyMap<string, string>;
  /** Those that nobody else in the process may have; without 0. */
  readonly ports: readonly number[];
  /** Absolute: the root of the store first, then those of its commit log. */
  readonly directories: readonly string[];
}

/** What a broker tells when it has started. */
export interface InnerBrokerStarted {
  /** As clients and name servers know it. */
  readonly address: string;
  /** In words, for the ready line. */
  readonly endpoints: string;
}

/** How much a broker does, since the last time it was asked. */
export interface InnerBrokerLoad {
  /** Share of the time that its event loop was busy, 0 to 1. At 1 the broker cannot do more: another one can. */
  readonly eventLoopUtilization: number;
  readonly heapUsedBytes: number;
  /** Buffers outside of the heap. */
  readonly externalBytes: number;
}

/** A broker that runs on its own. Its methods are called in this order, each once but `load`. */
export interface InnerBroker {
  /**
   * Resolves when the ports answer.
   * @throws Error with the reason why it did not start; nothing of it is left then
   */
  start(): Promise<InnerBrokerStarted>;
  /** Undefined when it does not answer in time. */
  load(): Promise<InnerBrokerLoad | undefined>;
  /** Stops it cleanly: its store is closed when this resolves. Throws when that failed. */
  stop(): Promise<void>;
  /** Ends it where it is, as a crash does; for one that does not stop. */
  kill(): Promise<void>;
  /** Resolves once it has ended, whoever wanted it, with the reason in words. What it held of the process is free then. */
  readonly ended: Promise<string>;
}

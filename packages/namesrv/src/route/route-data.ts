/** The values that routes are made of, besides the declared bodies of `remoting`. */
import type { BrokerData as BrokerDataBody } from '@rocketmq-ts/remoting';

/** One replication group: a broker name with the addresses of its members, by ascending id. Source: BrokerData. */
export interface BrokerData extends BrokerDataBody {
  readonly cluster: string;
}

/** Id of the master of a broker name. */
export const MASTER_ID = 0;

/** The lowest id of a group; `undefined` when it has no members. */
export function minBrokerIdOf(brokerAddrs: ReadonlyMap<number, string>): number | undefined {
  let lowest: number | undefined;
  for (const id of brokerAddrs.keys()) {
    if (lowest === undefined || id < lowest) lowest = id;
  }
  return lowest;
}

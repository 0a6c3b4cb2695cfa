/** The lists of topics that tools ask for. */
import type { RouteTables } from './route-tables.js';

/** Flags of a topic that belongs to units (cells) of a deployment. Source: TopicSysFlag. */
const UNIT_FLAG = 1;
const UNIT_SUB_FLAG = 2;

/** The topics of a cluster; none when it is not known. */
export function topicsOfCluster(tables: RouteTables, clusterName: string): string[] {
  const brokerNames = [...(tables.clusters.get(clusterName) ?? [])];
  if (brokerNames.length === 0) return [];
  const topics: string[] = [];
  for (const [topic, { byBroker }] of tables.topics) {
    if (brokerNames.some((name) => byBroker.has(name))) topics.push(topic);
  }
  return topics;
}

/** The names of clusters and brokers, which are topics on every broker, and the address of some broker to ask for more. */
export function systemTopics(tables: RouteTables): {
  readonly topics: string[];
  readonly brokerAddr: string | undefined;
} {
  const topics = new Set<string>();
  for (const [cluster, brokerNames] of tables.clusters) {
    topics.add(cluster);
    for (const name of brokerNames) topics.add(name);
  }
  let brokerAddr: string | undefined;
  for (const { brokerAddrs } of tables.brokers.values()) {
    brokerAddr = brokerAddrs.values().next().value;
    if (brokerAddr !== undefined) break;
  }
  return { topics: [...topics], brokerAddr };
}

/** Which unit flags a listed topic must have. */
export type UnitKind = 'unit' | 'unitSub' | 'unitSubWithoutUnit';

/** The topics with the flags; the first broker of a topic speaks for all. */
export function unitTopics(tables: RouteTables, kind: UnitKind): string[] {
  const topics: string[] = [];
  for (const [topic, { byBroker }] of tables.topics) {
    const flag = byBroker.values().next().value?.topicSysFlag ?? 0;
    if (hasUnitKind(flag, kind)) topics.push(topic);
  }
  return topics;
}

function hasUnitKind(flag: number, kind: UnitKind): boolean {
  const unit = (flag & UNIT_FLAG) !== 0;
  const unitSub = (flag & UNIT_SUB_FLAG) !== 0;
  if (kind === 'unit') return unit;
  return kind === 'unitSub' ? unitSub : unitSub && !unit;
}

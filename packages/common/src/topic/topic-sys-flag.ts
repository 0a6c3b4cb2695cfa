/** The bits of a topic's and a subscription group's system flag: marks of units (multi-site set-ups). */

/** Source: TopicSysFlag. A group's flag knows UNIT only (SubscriptionSysFlag). */
export const TopicSysFlag = { UNIT: 0x1, UNIT_SUB: 0x2 } as const;

/** Source: TopicSysFlag#buildSysFlag. */
export function buildTopicSysFlag(parts: { readonly unit?: boolean; readonly hasUnitSub?: boolean }): number {
  return (parts.unit ? TopicSysFlag.UNIT : 0) | (parts.hasUnitSub ? TopicSysFlag.UNIT_SUB : 0);
}

/** True when the topic belongs to one unit. */
export function hasUnitFlag(sysFlag: number): boolean {
  return (sysFlag & TopicSysFlag.UNIT) !== 0;
}

/** True when a consumer of a unit subscribes to the topic. */
export function hasUnitSubFlag(sysFlag: number): boolean {
  return (sysFlag & TopicSysFlag.UNIT_SUB) !== 0;
}

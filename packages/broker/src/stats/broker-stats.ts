/** What the broker counts: messages and bytes by topic and by group, and all together. */
import { type Clock, isLmq, LMQ_PREFIX, PredefinedGroup, SystemTopic, type Timer } from '@rocketmq-ts/common';
import { Counter, counterSamples } from './counter.js';
import { type PutSize, TopicPuts } from './topic-puts.js';

const STATS_NAMES = [
  'TOPIC_PUT_NUMS',
  'TOPIC_PUT_SIZE',
  'TOPIC_PUT_LATENCY',
  'GROUP_GET_NUMS',
  'GROUP_GET_SIZE',
  'SNDBCK_PUT_NUMS',
  'BROKER_PUT_NUMS',
  'BROKER_GET_NUMS',
] as const;

/** The counters that VIEW_BROKER_STATS_DATA knows. Source: Stats, BrokerStatsManager. */
export type StatsName = (typeof STATS_NAMES)[number];

export interface BrokerStatsParts {
  readonly clock: Clock;
  readonly clusterName: string;
  /** False counts all light topics, and all light groups, as one. Source: LmqBrokerStatsManager. Default true. */
  readonly countsLight?: () => boolean;
}

interface Counters {
  readonly nums: Counter;
  readonly size: Counter;
}

const SAMPLE_INTERVAL_MS = 10_000;
const SAMPLES_IN_10_MINUTES = 60;
const SAMPLES_IN_HOUR = 360;
/** Counters of what did not move for so long are dropped. */
const IDLE_MS = 25 * 3_600_000;
const MAX_KEYS = 200_000;

/** Source: BrokerStatsManager, BrokerStats. */
export class BrokerStats {
  readonly #clock: Clock;
  readonly #clusterName: string;
  readonly #countsLight: () => boolean;
  readonly #topics = new Map<string, TopicPuts>();
  /** By topic, then group: no key is built for a pull. */
  readonly #groups = new Map<string, Map<string, Counters>>();
  readonly #sendBack = new Map<string, Counter>();
  readonly #counterSamples = counterSamples();
  readonly #brokerPut: Counter;
  readonly #brokerGet: Counter;
  #timer: Timer | undefined;
  #samples = 0;
  #groupCount = 0;
  #day: number;
  #putAtYesterdayMorning = 0;
  #putAtTodayMorning = 0;
  #getAtYesterdayMorning = 0;
  #getAtTodayMorning = 0;

  constructor({ clock, clusterName, countsLight }: BrokerStatsParts) {
    this.#clock = clock;
    this.#countsLight = countsLight ?? (() => true);
    this.#clusterName = clusterName;
    this.#brokerPut = new Counter(clock.now(), this.#counterSamples);
    this.#brokerGet = new Counter(clock.now(), this.#counterSamples);
    this.#day = dayOf(clock.now());
  }

  start(): void {
    this.sample();
    this.#timer = this.#clock.setRepeating(SAMPLE_INTERVAL_MS, () => this.sample(), { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The counters of what is put to a topic; undefined when there are too many topics. They may be kept. */
  putsOf(topic: string): TopicPuts | undefined {
    return this.#topics.get(topic) ?? this.#addTopic(topic);
  }

  /** Counts a put, given the counters of its topic. */
  onPutTo(puts: TopicPuts | undefined, queueId: number, put: PutSize, latencyMs: number): void {
    this.#brokerPut.add(put.messageCount, 1);
    const current = puts?.isDropped ? this.putsOf(puts.topic) : puts;
    current?.add(put);
    current?.addLatency(queueId, latencyMs);
  }

  /** As `onPutTo`, for who puts now and then. */
  onPut(topic: string, queueId: number, put: { count: number; sizeBytes: number; latencyMs: number }): void {
    const size = { messageCount: put.count, sizeBytes: put.sizeBytes };
    this.onPutTo(this.putsOf(topic), queueId, size, put.latencyMs);
  }

  /** A message that a topic got from the broker itself: it counts for the topic only. */
  onTopicPut(topic: string, put: { count: number; sizeBytes: number }): void {
    this.putsOf(topic)?.add({ messageCount: put.count, sizeBytes: put.sizeBytes });
  }

  /** A delayed message that went to its real topic: the broker's own group has taken it from where it waited. */
  onDelivered(topic: string, delivered: { count: number; sizeBytes: number }): void {
    this.onTimerDelivered(topic, delivered);
    const from = SystemTopic.SCHEDULE;
    const group = PredefinedGroup.SCHEDULE_CONSUMER;
    const counters = this.#groups.get(from)?.get(group) ?? this.#addGroup(from, group);
    counters?.nums.add(delivered.count, 1);
    counters?.size.add(delivered.sizeBytes, 1);
  }

  /** A timed message has come to its topic. Source: TimerMessageStore#doPut. */
  onTimerDelivered(topic: string, delivered: { count: number; sizeBytes: number }): void {
    this.#brokerPut.add(delivered.count, 1);
    this.onTopicPut(topic, delivered);
  }

  onGet(group: string, topic: string, got: { count: number; sizeBytes: number }): void {
    this.#brokerGet.add(got.count, 1);
    const topicName = this.#nameOf(topic);
    const groupName = this.#nameOf(group);
    const counters = this.#groups.get(topicName)?.get(groupName) ?? this.#addGroup(topicName, groupName);
    if (counters === undefined) return;
    counters.nums.add(got.count, 1);
    counters.size.add(got.sizeBytes, 1);
  }

  onSendBack(group: string, topic: string): void {
    const key = `${this.#nameOf(topic)}@${this.#nameOf(group)}`;
    let counter = this.#sendBack.get(key);
    if (counter === undefined) {
      if (this.#sendBack.size >= MAX_KEYS) return;
      counter = new Counter(this.#clock.now(), this.#counterSamples);
      this.#sendBack.set(key, counter);
    }
    counter.add(1, 1);
  }

  /** A counter by its name and key: a topic, `topic@group`, `queueId@topic` or the name of the cluster. */
  find(name: string, key: string): Counter | undefined {
    switch (name) {
      case 'TOPIC_PUT_NUMS':
        return this.#countedPuts(key)?.nums;
      case 'TOPIC_PUT_SIZE':
        return this.#countedPuts(key)?.size;
      case 'TOPIC_PUT_LATENCY': {
        const [queueId, topic] = splitAtSeparator(key);
        return this.#topics.get(topic)?.latency(Number(queueId));
      }
      case 'GROUP_GET_NUMS':
      case 'GROUP_GET_SIZE': {
        const [topic, group] = splitAtSeparator(key);
        const counters = this.#groups.get(topic)?.get(group);
        return name === 'GROUP_GET_NUMS' ? counters?.nums : counters?.size;
      }
      case 'SNDBCK_PUT_NUMS':
        return this.#sendBack.get(key);
      case 'BROKER_PUT_NUMS':
        return key === this.#clusterName ? this.#brokerPut : undefined;
      case 'BROKER_GET_NUMS':
        return key === this.#clusterName ? this.#brokerGet : undefined;
      default:
        return undefined;
    }
  }

  /** Messages that a group has taken from a topic a second, over the last minute. */
  consumeTps(group: string, topic: string): number {
    return this.#groups.get(this.#nameOf(topic))?.get(this.#nameOf(group))?.nums.minute.tps ?? 0;
  }

  /** The name under which a topic or group is counted. */
  #nameOf(name: string): string {
    return !isLmq(name) || this.#countsLight() ? name : LMQ_PREFIX;
  }

  /** Messages that were sent to a topic a second, over the last minute. */
  putTps(topic: string): number {
    return this.#topics.get(topic)?.nums.minute.tps ?? 0;
  }

  onTopicDeleted(topic: string): void {
    this.#dropTopic(topic);
    this.#groupCount -= this.#groups.get(topic)?.size ?? 0;
    this.#groups.delete(topic);
  }

  onGroupDeleted(group: string): void {
    for (const groups of this.#groups.values()) {
      if (groups.delete(group)) this.#groupCount--;
    }
  }

  /** The totals of GET_BROKER_RUNTIME_INFO. */
  totals(): Map<string, string> {
    return new Map([
      ['msgPutTotalYesterdayMorning', String(this.#putAtYesterdayMorning)],
      ['msgPutTotalTodayMorning', String(this.#putAtTodayMorning)],
      ['msgPutTotalTodayNow', String(this.#brokerPut.value)],
      ['msgGetTotalYesterdayMorning', String(this.#getAtYesterdayMorning)],
      ['msgGetTotalTodayMorning', String(this.#getAtTodayMorning)],
      ['msgGetTotalTodayNow', String(this.#brokerGet.value)],
    ]);
  }

  /** Takes the samples that are due; every ten seconds. */
  sample(): void {
    const nowMs = this.#clock.now();
    const minutesDue = this.#samples % SAMPLES_IN_10_MINUTES === 0;
    const hourDue = this.#samples % SAMPLES_IN_HOUR === 0;
    this.#samples++;
    const { seconds, minutes, hours } = this.#counterSamples;
    seconds.next(nowMs);
    if (minutesDue) minutes.next(nowMs);
    if (hourDue) hours.next(nowMs);
    for (const counter of this.#all({ minutesDue })) {
      counter.sampleSeconds(nowMs);
      if (minutesDue) counter.sampleMinutes();
      if (hourDue) counter.sampleHour();
    }
    if (hourDue) this.#dropIdle(nowMs - IDLE_MS);
    if (dayOf(nowMs) !== this.#day) this.#newDay(nowMs);
  }

  /** The counters that a sample looks at: of topics that nothing was put to since the last one only every ten minutes. */
  *#all({ minutesDue }: { minutesDue: boolean }): Generator<Counter> {
    yield this.#brokerPut;
    yield this.#brokerGet;
    for (const puts of this.#topics.values()) if (puts.takeChange() || minutesDue) yield* puts.counters();
    for (const groups of this.#groups.values()) {
      for (const { nums, size } of groups.values()) {
        yield nums;
        yield size;
      }
    }
    yield* this.#sendBack.values();
  }

  #countedPuts(topic: string): TopicPuts | undefined {
    const puts = this.#topics.get(topic);
    return puts !== undefined && puts.nums.times > 0 ? puts : undefined;
  }

  #addTopic(topic: string): TopicPuts | undefined {
    if (this.#topics.size >= MAX_KEYS) return undefined;
    const puts = new TopicPuts(topic, this.#clock.now(), this.#counterSamples);
    this.#topics.set(topic, puts);
    return puts;
  }

  #dropTopic(topic: string): void {
    const puts = this.#topics.get(topic);
    if (puts !== undefined) puts.isDropped = true;
    this.#topics.delete(topic);
  }

  #addGroup(topic: string, group: string): Counters | undefined {
    if (this.#groupCount >= MAX_KEYS) return undefined;
    this.#groupCount++;
    const nowMs = this.#clock.now();
    const counters = { nums: new Counter(nowMs, this.#counterSamples), size: new Counter(nowMs, this.#counterSamples) };
    const groups = this.#groups.get(topic);
    if (groups === undefined) this.#groups.set(topic, new Map([[group, counters]]));
    else groups.set(group, counters);
    return counters;
  }

  #dropIdle(beforeMs: number): void {
    for (const [topic, { nums }] of this.#topics) if (nums.lastChangeMs < beforeMs) this.#dropTopic(topic);
    for (const [topic, groups] of this.#groups) {
      for (const [group, { nums }] of groups) {
        if (nums.lastChangeMs < beforeMs && groups.delete(group)) this.#groupCount--;
      }
      if (groups.size === 0) this.#groups.delete(topic);
    }
    for (const [key, counter] of this.#sendBack) if (counter.lastChangeMs < beforeMs) this.#sendBack.delete(key);
  }

  #newDay(nowMs: number): void {
    this.#day = dayOf(nowMs);
    this.#putAtYesterdayMorning = this.#putAtTodayMorning;
    this.#getAtYesterdayMorning = this.#getAtTodayMorning;
    this.#putAtTodayMorning = this.#brokerPut.value;
    this.#getAtTodayMorning = this.#brokerGet.value;
  }
}

/** The day of the month in local time: it changes at midnight. */
function dayOf(timeMs: number): number {
  return new Date(timeMs).getDate();
}

function splitAtSeparator(key: string): [string, string] {
  const at = key.indexOf('@');
  return at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
}

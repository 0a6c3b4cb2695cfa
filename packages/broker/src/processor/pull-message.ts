/** PULL_MESSAGE and LITE_PULL_MESSAGE: messages of one queue from an offset, waiting for them when there are none yet. */
import {
  type Clock,
  isReadable,
  PullSysFlag,
  RocketMQError,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@rocketmq-ts/common';
import type { MessageFilter, SubscriptionData } from '@rocketmq-ts/filter';
import {
  type Answer,
  type Exchange,
  LITE_PULL_MESSAGE,
  type Processor,
  PULL_MESSAGE,
  type PullMessageRequestHeader,
  type PullMessageResponseHeader,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { GetMessageResult, GetMessageStatus, Store } from '@rocketmq-ts/store';
import type { HeldPull, PullRequestHold } from '../longpolling/pull-request-hold.js';
import { SUGGEST_FAQ } from './faq.js';

/** What pulling reads of the broker's configuration. */
export interface PullConfig {
  readonly brokerIP1: string;
  readonly brokerId: number;
  readonly brokerPermission: number;
  readonly slaveReadEnable: boolean;
  readonly isInBrokerContainer: boolean;
  readonly litePullMessageEnable: boolean;
  readonly longPollingEnable: boolean;
  readonly shortPollingTimeMills: number;
  readonly useServerSideResetOffset: boolean;
  readonly rejectPullConsumerEnable: boolean;
}

/** A subscription as a pull uses it: what it says and how it filters. */
export interface PullSubscription {
  readonly data: SubscriptionData;
  readonly filter: MessageFilter;
}

/** What pulling needs of the broker's other parts. */
export interface PullParts {
  readonly config: PullConfig;
  readonly clock: Clock;
  readonly store: Pick<Store, 'get' | 'minOffsetInQueue' | 'maxOffsetInQueue'>;
  readonly hold: Pick<PullRequestHold, 'hold'>;
  readonly topics: { select(topic: string): TopicConfig | undefined };
  readonly groups: { find(group: string): SubscriptionGroupConfig | undefined };
  readonly subscriptions: PullSubscriptions;
  readonly offsets: {
    commit(request: { clientHost: string; group: string; topic: string; queueId: number; offset: number }): void;
    commitPull(group: string, topic: string, queueId: number, offset: number): void;
    /** Takes a pending server-side reset out of the table. */
    takeReset(group: string, topic: string, queueId: number): number | undefined;
  };
  readonly stats: { onGet(group: string, topic: string, got: { count: number; sizeBytes: number }): void };
}

/** Finds the subscription that a pull is to be served by. */
export interface PullSubscriptions {
  /** @throws RocketMQError with the code that tells the client what is wrong with its subscription. */
  mustFind(header: PullMessageRequestHeader, group: SubscriptionGroupConfig, exchange: Exchange): PullSubscription;
}

type PullExchange = Exchange<PullMessageResponseHeader>;
type PullAnswer = Answer<PullMessageResponseHeader>;

/** Why consumption is forbidden. Source: ForbiddenType. */
export const ForbiddenType = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCASTING_DISABLED: 4, SUBSCRIPTION: 5 } as const;

const MASTER_ID = 0;
/** A peer that has so much to read gets no messages before it has read some of it. */
const MAX_PENDING_OUTPUT_BYTES = 512 * 1024;
/** Longest time a pull is parked, whatever it asks for. */
const MAX_SUSPEND_MS = 300_000;

/** The processors of the two pulling commands. */
export function pullMessageProcessors(parts: PullParts): Processor[] {
  const puller = new MessagePuller(parts);
  return [
    processor(PULL_MESSAGE, 'pull', (header, exchange) => puller.pull(header, exchange)),
    processor(LITE_PULL_MESSAGE, 'litePull', (header, exchange) => puller.litePull(header, exchange)),
  ];
}

/** One pull under way: what was asked, and all that was found out about it before the store is read. */
interface PullRun {
  readonly header: PullMessageRequestHeader;
  readonly exchange: PullExchange;
  readonly topicConfig: TopicConfig;
  readonly group: SubscriptionGroupConfig;
  readonly subscription: PullSubscription;
  /** True the first time; a pull that waited once is answered whatever there is. */
  readonly maySuspend: boolean;
}

/** Source: PullMessageProcessor, DefaultPullMessageResultHandler. */
class MessagePuller {
  readonly #parts: PullParts;

  constructor(parts: PullParts) {
    this.#parts = parts;
  }

  litePull(
    header: PullMessageRequestHeader,
    exchange: PullExchange,
  ): PullAnswer | Promise<PullAnswer | undefined> | undefined {
    const { litePullMessageEnable, brokerIP1 } = this.#parts.config;
    if (!litePullMessageEnable) {
      return forbidden(ForbiddenType.BROKER, `the broker[${brokerIP1}] for lite pull consumer is forbidden`);
    }
    return this.pull(header, exchange);
  }

  pull(
    header: PullMessageRequestHeader,
    exchange: PullExchange,
  ): PullAnswer | Promise<PullAnswer | undefined> | undefined {
    return this.#run(header, exchange, { maySuspend: true });
  }

  #run(
    header: PullMessageRequestHeader,
    exchange: PullExchange,
    { maySuspend }: { maySuspend: boolean },
  ): PullAnswer | Promise<PullAnswer | undefined> | undefined {
    const refusal = this.#refusal(header);
    if (refusal !== undefined) return refusal;
    const group = this.#mustGroup(header.consumerGroup);
    if (!group.consumeEnable) {
      return forbidden(ForbiddenType.GROUP, `subscription group no permission, ${header.consumerGroup}`);
    }
    const topicConfig = this.#mustTopic(header.topic);
    if (!isReadable(topicConfig.perm)) {
      return forbidden(ForbiddenType.TOPIC, `the topic[${header.topic}] pulling message is forbidden`);
    }
    if (header.queueId < 0 || header.queueId >= topicConfig.readQueueNums) {
      throw new RocketMQError(
        ResponseCode.INVALID_PARAMETER,
        `queueId[${header.queueId}] is illegal, topic:[${header.topic}] topicConfig.readQueueNums:[${topicConfig.readQueueNums}] consumer:[${exchange.connection.remoteAddress}]`,
      );
    }
    const subscription = this.#parts.subscriptions.mustFind(header, group, exchange as Exchange);
    const run: PullRun = { header, exchange, topicConfig, group, subscription, maySuspend };
    if (exchange.connection.pendingOutputBytes > MAX_PENDING_OUTPUT_BYTES) return this.#retryLater(run);
    const result = this.#read(run);
    return result instanceof Promise ? result.then((late) => this.#finish(run, late)) : this.#finish(run, result);
  }

  #refusal(header: PullMessageRequestHeader): PullAnswer | undefined {
    const { brokerPermission, brokerIP1, brokerId, slaveReadEnable } = this.#parts.config;
    if (brokerId !== MASTER_ID && !slaveReadEnable) {
      return { code: ResponseCode.SYSTEM_BUSY, remark: '[REJECTREQUEST]system busy, start flow control for a while' };
    }
    if (!isReadable(brokerPermission))
      return forbidden(ForbiddenType.BROKER, `the broker[${brokerIP1}] pulling message is forbidden`);
    if (header.maxMsgNums <= 0) {
      return {
        code: ResponseCode.INVALID_PARAMETER,
        remark: `maxMsgNums[${header.maxMsgNums}] is illegal, it must be above 0`,
      };
    }
    return undefined;
  }

  #mustGroup(name: string): SubscriptionGroupConfig {
    const group = this.#parts.groups.find(name);
    if (group === undefined) {
      throw new RocketMQError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group [${name}] does not exist, ${SUGGEST_FAQ}`,
      );
    }
    return group;
  }

  #mustTopic(topic: string): TopicConfig {
    const topicConfig = this.#parts.topics.select(topic);
    if (topicConfig === undefined) {
      throw new RocketMQError(
        ResponseCode.TOPIC_NOT_EXIST,
        `topic[${topic}] not exist, apply first please! ${SUGGEST_FAQ}`,
      );
    }
    return topicConfig;
  }

  /** A pending reset answers in place of the store. */
  #read({ header, subscription }: PullRun): PullResult | Promise<PullResult> {
    const { store, offsets, config } = this.#parts;
    const { consumerGroup, topic, queueId } = header;
    const resetOffset = config.useServerSideResetOffset ? offsets.takeReset(consumerGroup, topic, queueId) : undefined;
    if (resetOffset !== undefined) {
      return {
        status: 'OFFSET_RESET',
        nextBeginOffset: resetOffset,
        minOffset: store.minOffsetInQueue(topic, queueId),
        maxOffset: store.maxOffsetInQueue(topic, queueId),
      };
    }
    return store.get({
      topic,
      queueId,
      offset: header.queueOffset,
      maxMessages: header.maxMsgNums,
      maxBytes: header.maxMsgBytes,
      filter: subscription.filter,
    });
  }

  #finish(run: PullRun, result: PullResult): PullAnswer | undefined {
    const { header, exchange } = run;
    const code = this.#codeOf(result.status, header);
    this.#commitOffsets(run, result.nextBeginOffset);
    if (code === ResponseCode.PULL_NOT_FOUND && run.maySuspend && (header.sysFlag & PullSysFlag.SUSPEND) !== 0) {
      this.#suspend(run);
      return undefined;
    }
    const answerHeader = this.#answerHeader(run, result);
    if (!('bodyChunks' in result) || result.messageCount === 0)
      return { code, remark: result.status, header: answerHeader };
    this.#parts.stats.onGet(header.consumerGroup, header.topic, {
      count: result.messageCount,
      sizeBytes: result.totalBytes,
    });
    // Answered here and now: the chunks may be views that live no longer than this turn.
    exchange.answer({ code, remark: result.status, header: answerHeader, body: result.bodyChunks });
    return undefined;
  }

  #answerHeader({ topicConfig, group }: PullRun, result: PullResult): PullMessageResponseHeader {
    return {
      suggestWhichBrokerId: this.#suggestedBroker(group, 'bodyChunks' in result && result.suggestPullingFromSlave),
      nextBeginOffset: result.nextBeginOffset,
      minOffset: result.minOffset,
      maxOffset: result.maxOffset,
      topicSysFlag: topicConfig.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    };
  }

  #suggestedBroker(group: SubscriptionGroupConfig, pullFromSlave: boolean): number {
    const { slaveReadEnable, isInBrokerContainer } = this.#parts.config;
    if (!slaveReadEnable || isInBrokerContainer) return MASTER_ID;
    return pullFromSlave ? group.whichBrokerWhenConsumeSlowly : group.brokerId;
  }

  #codeOf(status: PullStatus, header: PullMessageRequestHeader): number {
    switch (status) {
      case 'FOUND':
        return ResponseCode.SUCCESS;
      case 'MESSAGE_WAS_REMOVING':
      case 'NO_MATCHED_MESSAGE':
        return ResponseCode.PULL_RETRY_IMMEDIATELY;
      case 'NO_MATCHED_LOGIC_QUEUE':
      case 'NO_MESSAGE_IN_QUEUE':
        return header.queueOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED;
      case 'OFFSET_FOUND_NULL':
      case 'OFFSET_OVERFLOW_ONE':
        return ResponseCode.PULL_NOT_FOUND;
      default:
        return ResponseCode.PULL_OFFSET_MOVED;
    }
  }

  #commitOffsets({ header, exchange, maySuspend }: PullRun, nextOffset: number): void {
    const { offsets } = this.#parts;
    const { consumerGroup: group, topic, queueId } = header;
    offsets.commitPull(group, topic, queueId, nextOffset);
    if (maySuspend && (header.sysFlag & PullSysFlag.COMMIT_OFFSET) !== 0) {
      offsets.commit({
        clientHost: exchange.connection.remoteAddress,
        group,
        topic,
        queueId,
        offset: header.commitOffset,
      });
    }
  }

  #suspend({ header, exchange, subscription }: PullRun): void {
    const { config, clock, hold, store } = this.#parts;
    const askedMs = config.longPollingEnable ? header.suspendTimeoutMillis : config.shortPollingTimeMills;
    // A message that came while a cold read was under way woke nobody: then there is nothing to wait for.
    const missed = store.maxOffsetInQueue(header.topic, header.queueId) > header.queueOffset;
    const deadlineMs = clock.now() + (missed ? 0 : Math.min(Math.max(askedMs, 0), MAX_SUSPEND_MS));
    hold.hold(
      new HeldPullMessage({ header, exchange, filter: subscription.filter, deadlineMs }, (pull) => this.#wake(pull)),
    );
  }

  #wake({ header, exchange }: HeldPullMessage): void {
    // An exchange whose connection is gone is answered too: its place in the lane becomes free.
    if (exchange.connection.closed) {
      exchange.answer({ code: ResponseCode.PULL_NOT_FOUND });
      return;
    }
    answerLater(exchange, () => this.#run(header, exchange, { maySuspend: false }));
  }

  /** The peer does not read: it is told to come again, in few bytes. */
  #retryLater({ header, topicConfig, group }: PullRun): PullAnswer {
    const { topic, queueId, queueOffset } = header;
    const { store } = this.#parts;
    return {
      code: ResponseCode.PULL_RETRY_IMMEDIATELY,
      remark: 'NO_MATCHED_MESSAGE',
      header: {
        suggestWhichBrokerId: this.#suggestedBroker(group, false),
        nextBeginOffset: queueOffset,
        minOffset: store.minOffsetInQueue(topic, queueId),
        maxOffset: store.maxOffsetInQueue(topic, queueId),
        topicSysFlag: topicConfig.topicSysFlag,
        groupSysFlag: group.groupSysFlag,
      },
    };
  }
}

type PullStatus = GetMessageStatus | 'OFFSET_RESET';

/** What the store gave, or the reset that came in its place. */
type PullResult =
  | GetMessageResult
  | {
      readonly status: 'OFFSET_RESET';
      readonly nextBeginOffset: number;
      readonly minOffset: number;
      readonly maxOffset: number;
    };

function forbidden(forbiddenType: number, remark: string): PullAnswer {
  return {
    code: ResponseCode.NO_PERMISSION,
    remark,
    header: { suggestWhichBrokerId: MASTER_ID, nextBeginOffset: 0, minOffset: 0, maxOffset: 0, forbiddenType },
  };
}

/** Carries a woken pull to its answer, as the dispatcher does with a fresh one. */
function answerLater(
  exchange: PullExchange,
  run: () => PullAnswer | Promise<PullAnswer | undefined> | undefined,
): void {
  const fail = (error: unknown): void => {
    if (exchange.answered) throw error;
    if (error instanceof RocketMQError) exchange.answer({ code: error.code, remark: error.message });
    else exchange.answer({ code: ResponseCode.SYSTEM_ERROR, remark: String(error) });
  };
  try {
    const answer = run();
    if (answer instanceof Promise) answer.then((late) => late !== undefined && exchange.answer(late)).catch(fail);
    else if (answer !== undefined) exchange.answer(answer);
  } catch (error) {
    fail(error);
  }
}

/** A parked pull with its request. */
class HeldPullMessage implements HeldPull {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly filter: MessageFilter;
  readonly deadlineMs: number;
  readonly header: PullMessageRequestHeader;
  readonly exchange: PullExchange;
  readonly #onWake: (pull: HeldPullMessage) => void;

  constructor(
    pull: { header: PullMessageRequestHeader; exchange: PullExchange; filter: MessageFilter; deadlineMs: number },
    onWake: (pull: HeldPullMessage) => void,
  ) {
    this.header = pull.header;
    this.exchange = pull.exchange;
    this.filter = pull.filter;
    this.deadlineMs = pull.deadlineMs;
    this.topic = pull.header.topic;
    this.queueId = pull.header.queueId;
    this.queueOffset = pull.header.queueOffset;
    this.#onWake = onWake;
  }

  get abandoned(): boolean {
    return this.exchange.connection.closed;
  }

  wake(): void {
    this.#onWake(this);
  }
}

/** PULL_MESSAGE and LITE_PULL_MESSAGE: messages of one queue from an offset, waiting for them when there are none yet. */
import { liteLmqName, PullSysFlag, type SubscriptionGroupConfig } from '@rocketmq-ts/common';
import {
  type Exchange,
  LITE_PULL_MESSAGE,
  type Processor,
  PULL_MESSAGE,
  type PullMessageRequestHeader,
  type PullMessageResponseHeader,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { GetMessageResult, GetMessageStatus } from '@rocketmq-ts/store';
import { answerLater, HeldPullMessage } from '../pull/held-pull-message.js';
import { ForbiddenType, forbidden, MASTER_ID, PullChecks, type PullTarget } from '../pull/pull-checks.js';
import type { PullAnswer, PullExchange, PullParts, PullSubscription } from '../pull/pull-parts.js';

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

/** The answer, a promise of it, or nothing when it was sent or waits. */
type Pulled = PullAnswer | Promise<PullAnswer | undefined> | undefined;

/** One pull under way: what was asked, and all that was found out about it before the store is read. */
interface PullRun extends PullTarget {
  readonly header: PullMessageRequestHeader;
  readonly exchange: PullExchange;
  readonly subscription: PullSubscription;
  /** True the first time; a pull that waited once is answered whatever there is. */
  readonly maySuspend: boolean;
}

/** Source: PullMessageProcessor, DefaultPullMessageResultHandler. */
class MessagePuller {
  readonly #parts: PullParts;
  readonly #checks: PullChecks;

  constructor(parts: PullParts) {
    this.#parts = parts;
    this.#checks = new PullChecks(parts);
  }

  litePull(header: PullMessageRequestHeader, exchange: PullExchange): Pulled {
    const { litePullMessageEnable, brokerIP1 } = this.#parts.config;
    if (!litePullMessageEnable) {
      return forbidden(ForbiddenType.BROKER, `the broker[${brokerIP1}] for lite pull consumer is forbidden`);
    }
    return this.pull(header, exchange);
  }

  pull(header: PullMessageRequestHeader, exchange: PullExchange): Pulled {
    return this.#run(header, exchange, { maySuspend: true });
  }

  #run(header: PullMessageRequestHeader, exchange: PullExchange, { maySuspend }: { maySuspend: boolean }): Pulled {
    const target = this.#checks.check(header, exchange);
    if ('code' in target) return target;
    const { topicConfig, group } = target;
    const subscription = this.#parts.subscriptions.mustFind(header, group, exchange as Exchange);
    const run: PullRun = { header, exchange, topicConfig, group, subscription, maySuspend };
    if (exchange.connection.pendingOutputBytes > MAX_PENDING_OUTPUT_BYTES) return this.#retryLater(run);
    const result = this.#read(run);
    return result instanceof Promise ? result.then((late) => this.#finish(run, late)) : this.#finish(run, result);
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
      topic: storeTopicOf(header),
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
    const { bodyChunks: body, lenders } = result;
    // Answered here and now: the chunks may be views that live no longer than this turn.
    exchange.answer({ code, remark: result.status, header: answerHeader, body, lenders });
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
    const topic = storeTopicOf(header);
    const missed = store.maxOffsetInQueue(topic, header.queueId) > header.queueOffset;
    const deadlineMs = clock.now() + (missed ? 0 : Math.min(Math.max(askedMs, 0), MAX_SUSPEND_MS));
    exchange.park();
    hold.hold(
      new HeldPullMessage({ header, topic, exchange, filter: subscription.filter, deadlineMs }, (pull) =>
        this.#wake(pull),
      ),
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

/** The topic that is read: the light queue of a lite topic, or the topic itself. */
function storeTopicOf({ topic, liteTopic }: PullMessageRequestHeader): string {
  if (liteTopic === undefined || liteTopic.trim() === '') return topic;
  return liteLmqName(topic, liteTopic) ?? topic;
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

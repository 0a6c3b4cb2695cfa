/** The inner state of a consumer as the reference prints it, and what looks wrong in it. */
import { formatMessageQueue, type MessageQueue } from '@rocketmq-ts/common';
import type { ConsumerRunningInfo } from '@rocketmq-ts/remoting';
import { format } from '../../cli/format.js';

type ProcessQueueInfo = ConsumerRunningInfo['mqTable'] extends ReadonlyMap<MessageQueue, infer V> ? V : never;

/** Several sections of lines, texts escaped. Source: ConsumerRunningInfo#formatString. */
export function runningInfoText(info: ConsumerRunningInfo): string {
  return [
    '#Consumer Properties#\n',
    ...Array.from(info.properties, ([key, value]) => format('%-40s: %s\n', key, value)),
    '\n\n#Consumer Subscription#\n',
    ...info.subscriptionSet.map((data, index) =>
      format(
        '%03d Topic: %-40s ClassFilter: %-8s SubExpression: %s\n',
        ...[index + 1, data.topic, data.classFilterMode, data.subString],
      ),
    ),
    ...queueSections(info),
    ...rateSection(info),
    '\n\n#User Consume Info#\n',
    ...Array.from(info.userConsumerInfo, ([key, value]) => format('%-40s: %s\n', key, value)),
    ...(info.jstack === undefined ? [] : ['\n\n#Consumer jstack#\n', info.jstack]),
  ].join('');
}

function* queueSections({ mqTable, mqPopTable }: ConsumerRunningInfo): Generator<string> {
  yield '\n\n#Consumer Offset#\n';
  yield format('%-64s  %-32s  %-4s  %-20s\n', '#Topic', '#Broker Name', '#QID', '#Consumer Offset');
  for (const [{ topic, brokerName, queueId }, { commitOffset }] of mqTable) {
    yield format('%-32s  %-32s  %-4d  %-20d\n', topic, brokerName, queueId, commitOffset);
  }
  yield '\n\n#Consumer MQ Detail#\n';
  yield format('%-64s  %-32s  %-4s  %-20s\n', '#Topic', '#Broker Name', '#QID', '#ProcessQueueInfo');
  for (const [{ topic, brokerName, queueId }, queue] of mqTable) {
    yield format('%-64s  %-32s  %-4d  %s\n', topic, brokerName, queueId, processQueueText(queue));
  }
  yield '\n\n#Consumer Pop Detail#\n';
  yield format('%-32s  %-32s  %-4s  %-20s\n', '#Topic', '#Broker Name', '#QID', '#ProcessQueueInfo');
  for (const [{ topic, brokerName, queueId }, { waitAckCount, droped, lastPopTimestamp }] of mqPopTable) {
    const queue = `PopProcessQueueInfo [waitAckCount:${waitAckCount}, droped:${droped}, lastPopTimestamp:${lastPopTimestamp}]`;
    yield format('%-32s  %-32s  %-4d  %s\n', topic, brokerName, queueId, queue);
  }
}

const RATE_TITLES = [
  '#Pull RT',
  '#Pull TPS',
  '#Consume RT',
  '#ConsumeOK TPS',
  '#ConsumeFailed TPS',
  '#ConsumeFailedMsgsInHour',
];

function* rateSection({ statusTable }: ConsumerRunningInfo): Generator<string> {
  yield '\n\n#Consumer RT&TPS#\n';
  yield format('%-64s  %14s %14s %14s %14s %18s %25s\n', '#Topic', ...RATE_TITLES);
  for (const [topic, status] of statusTable) {
    const { pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS, consumeFailedMsgs } = status;
    const rates = [pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS, consumeFailedMsgs];
    yield format('%-32s  %14.2f %14.2f %14.2f %14.2f %18.2f %25d\n', topic, ...rates);
  }
}

/** `20261121072600279` in local time. Source: UtilAll#timeMillisToHumanString. */
function digits(timestamp: number): string {
  const d = new Date(timestamp);
  const parts = [d.getMonth() + 1, d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()];
  const short = parts.map((part) => String(part).padStart(2, '0')).join('');
  return `${String(d.getFullYear()).padStart(4, '0')}${short}${String(d.getMilliseconds()).padStart(3, '0')}`;
}

function processQueueText(queue: ProcessQueueInfo): string {
  const { lastLockTimestamp, droped, lastPullTimestamp, lastConsumeTimestamp } = queue;
  return (
    `ProcessQueueInfo [commitOffset=${queue.commitOffset}, cachedMsgMinOffset=${queue.cachedMsgMinOffset}` +
    `, cachedMsgMaxOffset=${queue.cachedMsgMaxOffset}, cachedMsgCount=${queue.cachedMsgCount}` +
    `, cachedMsgSizeInMiB=${queue.cachedMsgSizeInMiB}, transactionMsgMinOffset=${queue.transactionMsgMinOffset}` +
    `, transactionMsgMaxOffset=${queue.transactionMsgMaxOffset}, transactionMsgCount=${queue.transactionMsgCount}` +
    `, locked=${queue.locked}, tryUnlockTimes=${queue.tryUnlockTimes}` +
    `, lastLockTimestamp=${digits(lastLockTimestamp)}, droped=${droped}` +
    `, lastPullTimestamp=${digits(lastPullTimestamp)}, lastConsumeTimestamp=${digits(lastConsumeTimestamp)}]`
  );
}

/** Whether a consumer gets messages pushed (it pulls in the background). */
export function isPushConsumer({ properties }: ConsumerRunningInfo): boolean {
  return properties.get('PROP_CONSUME_TYPE') === 'CONSUME_PASSIVELY';
}

const SETTLED_AFTER_MS = 2 * 60 * 1000;

/** Whether all push consumers of a group that had time to settle subscribe to the same. Source: ConsumerRunningInfo#analyzeSubscription. */
export function haveSameSubscriptions(infos: readonly ConsumerRunningInfo[], now: number): boolean {
  const [first] = infos;
  if (first === undefined || !isPushConsumer(first)) return true;
  if (now - Number(first.properties.get('PROP_CONSUMER_START_TIMESTAMP') ?? 0) <= SETTLED_AFTER_MS) return true;
  return new Set(infos.map(subscriptionsKey)).size === 1;
}

function subscriptionsKey({ subscriptionSet }: ConsumerRunningInfo): string {
  const subscriptions = subscriptionSet.map(({ topic, subString, expressionType, classFilterMode }) =>
    JSON.stringify([topic, subString, expressionType, classFilterMode]),
  );
  return subscriptions.sort().join();
}

const BLOCKED_AFTER_MS = 60_000;

/** One line per queue that a push consumer seems stuck with. Source: ConsumerRunningInfo#analyzeProcessQueue. */
export function stuckQueues(clientId: string, info: ConsumerRunningInfo, now: number): string[] {
  if (!isPushConsumer(info)) return [];
  const ordered = info.properties.get('PROP_CONSUMEORDERLY')?.toLowerCase() === 'true';
  const problems: string[] = [];
  for (const [queue, state] of info.mqTable) {
    const problem = ordered ? orderlyProblem(state, now) : concurrentProblem(state, now);
    if (problem !== undefined) problems.push(`${clientId} ${formatMessageQueue(queue)} ${problem}`);
  }
  return problems;
}

function orderlyProblem(
  { locked, droped, tryUnlockTimes, lastLockTimestamp }: ProcessQueueInfo,
  now: number,
): string | undefined {
  if (!locked) return `can't lock for a while, ${now - lastLockTimestamp}ms`;
  return droped && tryUnlockTimes > 0 ? `unlock ${tryUnlockTimes} times, still failed` : undefined;
}

function concurrentProblem(
  { lastConsumeTimestamp, cachedMsgCount }: ProcessQueueInfo,
  now: number,
): string | undefined {
  const idleMs = now - lastConsumeTimestamp;
  return idleMs > BLOCKED_AFTER_MS && cachedMsgCount > 0
    ? `can't consume for a while, maybe blocked, ${idleMs}ms`
    : undefined;
}

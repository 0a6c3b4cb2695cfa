/** QUERY_ASSIGNMENT: the broker shares out the queues of a topic, in place of its clients. */
import { isLmq, isRetryTopic, LMQ_QUEUE_ID, type MessageQueue } from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  QUERY_ASSIGNMENT,
  QueryAssignmentRequestBody,
  QueryAssignmentResponseBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { ALLOCATE_STRATEGIES, allocateForPop, compareQueues } from '../client/allocate-message-queue.js';
import type { ConsumerManager } from '../client/consumer-manager.js';
import type { MessageRequestModeManager } from '../client/message-request-mode-manager.js';
import type { BrokerConfig } from '../config.js';
import type { TopicRouteInfo } from '../route/topic-route-info.js';
import { decodeBody } from './decode-body.js';
import { Lanes } from './lanes.js';

export interface QueryAssignmentParts {
  readonly config: Pick<
    BrokerConfig,
    'brokerName' | 'defaultMessageRequestMode' | 'defaultPopShareQueueNum' | 'serverLoadBalancerEnable'
  >;
  readonly consumers: Pick<ConsumerManager, 'find'>;
  readonly modes: Pick<MessageRequestModeManager, 'find'>;
  readonly routes: Pick<TopicRouteInfo, 'queuesOf'>;
}

interface Mode {
  readonly mode: 'PULL' | 'POP';
  readonly popShareQueueNum: number;
}

/** Source: QueryAssignmentProcessor#queryAssignment. */
export function queryAssignment(parts: QueryAssignmentParts): Processor {
  return processor(QUERY_ASSIGNMENT, Lanes.LOAD_BALANCE, async (_header, exchange) => {
    const request = decodeBody(QueryAssignmentRequestBody, exchange);
    const mode = modeOf(parts, request);
    const queues = await assignedQueues(parts, request, mode);
    const messageQueueAssignments = queues?.map((messageQueue) => ({ messageQueue, mode: mode.mode }));
    return { code: ResponseCode.SUCCESS, body: QueryAssignmentResponseBody.encode({ messageQueueAssignments }) };
  });
}

function modeOf({ modes, config }: QueryAssignmentParts, request: QueryAssignmentRequestBody): Mode {
  const { topic = '', consumerGroup = '' } = request;
  const chosen = modes.find(topic, consumerGroup);
  if (chosen !== undefined) return chosen;
  // What is consumed again has always to be pulled.
  if (isRetryTopic(topic) || config.defaultMessageRequestMode !== 'POP') return { mode: 'PULL', popShareQueueNum: 0 };
  return { mode: 'POP', popShareQueueNum: config.defaultPopShareQueueNum };
}

/** Undefined tells the client to keep what it has. */
async function assignedQueues(
  parts: QueryAssignmentParts,
  request: QueryAssignmentRequestBody,
  { mode, popShareQueueNum }: Mode,
): Promise<readonly MessageQueue[] | undefined> {
  const { config, consumers, routes } = parts;
  const { topic = '', consumerGroup = '', clientId = '', messageModel, strategyName = '' } = request;
  if (messageModel === 'BROADCASTING') return routes.queuesOf(topic);
  if (messageModel !== 'CLUSTERING') return undefined;
  const all = isLmq(topic)
    ? [{ topic, brokerName: config.brokerName, queueId: LMQ_QUEUE_ID }]
    : await routes.queuesOf(topic);
  if (all === undefined || !config.serverLoadBalancerEnable) return all;
  const strategy = ALLOCATE_STRATEGIES.get(strategyName);
  const clientIds = consumers.find(consumerGroup)?.clientIds.sort();
  if (strategy === undefined || clientIds === undefined || clientId === '' || all.length === 0) return undefined;
  const queues = [...all].sort(compareQueues);
  if (mode === 'PULL') return strategy(queues, clientIds, clientId);
  return distinct(allocateForPop(strategy, { queues, clientIds, clientId, shareCount: popShareQueueNum }));
}

function distinct(queues: readonly MessageQueue[]): MessageQueue[] {
  return [...new Map(queues.map((queue) => [`${queue.topic} ${queue.brokerName} ${queue.queueId}`, queue])).values()];
}

/** The lanes of a broker's requests: one for each thread pool of the reference. */
import type { BrokerConfig } from '../config.js';

export const Lanes = {
  SEND: 'send',
  PULL: 'pull',
  LITE_PULL: 'litePull',
  REPLY: 'reply',
  QUERY: 'query',
  CLIENT_MANAGE: 'clientManage',
  CONSUMER_MANAGE: 'consumerManage',
  HEARTBEAT: 'heartbeat',
  LOAD_BALANCE: 'loadBalance',
  ADMIN: 'admin',
} as const;

/** How many requests of each lane may be under way. */
export function laneCapacities(config: BrokerConfig): Record<string, number> {
  return {
    [Lanes.SEND]: config.sendThreadPoolQueueCapacity,
    [Lanes.PULL]: config.pullThreadPoolQueueCapacity,
    [Lanes.LITE_PULL]: config.litePullThreadPoolQueueCapacity,
    [Lanes.REPLY]: config.replyThreadPoolQueueCapacity,
    [Lanes.QUERY]: config.queryThreadPoolQueueCapacity,
    [Lanes.CLIENT_MANAGE]: config.clientManagerThreadPoolQueueCapacity,
    [Lanes.CONSUMER_MANAGE]: config.consumerManagerThreadPoolQueueCapacity,
    [Lanes.HEARTBEAT]: config.heartbeatThreadPoolQueueCapacity,
    [Lanes.LOAD_BALANCE]: config.loadBalanceThreadPoolQueueCapacity,
    [Lanes.ADMIN]: config.adminBrokerThreadPoolQueueCapacity,
  };
}

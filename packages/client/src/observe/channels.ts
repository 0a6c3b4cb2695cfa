/** The channels of `node:diagnostics_channel` that tell of clients to whoever in the process subscribes to them. */
import { type Channel, channel } from 'node:diagnostics_channel';

/** Names of channels; what is published is in the docstrings. */
export const ClientChannel = {
  /** `{ message, group }`, before a message is sent. */
  SEND_START: 'rocketmq.client.send.start',
  /** `{ message, group, result }`, when a broker has acknowledged it; without a result when it was sent one-way. */
  SEND_END: 'rocketmq.client.send.end',
  /** `{ message, group, error }`, when a send has failed. */
  SEND_ERROR: 'rocketmq.client.send.error',
  /** `{ messages, group }`, before a handler is called, or when a message is polled. */
  CONSUME_START: 'rocketmq.client.consume.start',
  /** `{ messages, group }`, when a handler has ended well, or a polled message is acknowledged. */
  CONSUME_END: 'rocketmq.client.consume.end',
  /** `{ messages, group, error }`, when a handler has failed, or a polled message is given back. */
  CONSUME_ERROR: 'rocketmq.client.consume.error',
  /** `{ address }` */
  CONNECTED: 'rocketmq.client.connected',
  /** `{ address, error }` */
  DISCONNECTED: 'rocketmq.client.disconnected',
  /** `{ topic }` */
  ROUTE_CHANGED: 'rocketmq.client.route.changed',
  /** `{ group, assigned, revoked, assignment }` */
  REBALANCE: 'rocketmq.client.rebalance',
  /** `{ group, total, queues }` */
  LAG: 'rocketmq.client.lag',
} as const;

/** `ClientChannel.SEND_START` */
export const sendStart: Channel = channel(ClientChannel.SEND_START);
/** `ClientChannel.SEND_END` */
export const sendEnd: Channel = channel(ClientChannel.SEND_END);
/** `ClientChannel.SEND_ERROR` */
export const sendError: Channel = channel(ClientChannel.SEND_ERROR);
/** `ClientChannel.CONSUME_START` */
export const consumeStart: Channel = channel(ClientChannel.CONSUME_START);
/** `ClientChannel.CONSUME_END` */
export const consumeEnd: Channel = channel(ClientChannel.CONSUME_END);
/** `ClientChannel.CONSUME_ERROR` */
export const consumeError: Channel = channel(ClientChannel.CONSUME_ERROR);

const LINKS: ReadonlyMap<string, Channel> = new Map([
  ['connected', channel(ClientChannel.CONNECTED)],
  ['disconnected', channel(ClientChannel.DISCONNECTED)],
  ['routeChanged', channel(ClientChannel.ROUTE_CHANGED)],
]);

const CONSUMERS: ReadonlyMap<string, Channel> = new Map([
  ['rebalance', channel(ClientChannel.REBALANCE)],
  ['lag', channel(ClientChannel.LAG)],
]);

/** The channel of an event of connections; undefined when it has none. */
export function linkChannel(event: string): Channel | undefined {
  return LINKS.get(event);
}

/** The channel of an event of consumers; undefined when it has none. */
export function consumerChannel(event: string): Channel | undefined {
  return CONSUMERS.get(event);
}

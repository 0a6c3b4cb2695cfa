/** Makes trace records of sends and of calls of handlers. */
import { KEY_SEPARATOR, MessageConst } from '@rocketmq-ts/common';
import type { ReceivedMessage } from '../../consumer/received-message.js';
import type { OutgoingMessage } from '../../producer/outgoing-message.js';
import type { ConsumeObserver, SendObserver } from '../observer.js';
import type { TraceDispatcher } from './trace-dispatcher.js';
import { ContextCode, TraceMessageType } from './trace-encoder.js';

/** Source: SendMessageTraceHookImpl. */
export function traceSends<T>(dispatcher: TraceDispatcher): SendObserver<T> {
  const { client, group, topic: traceTopic } = dispatcher;
  const { clock } = client.ports;
  return {
    begin(message, { isHalf }) {
      const timestamp = clock.now();
      return {
        message,
        ended({ result, bodyBytes }) {
          if (result === undefined || !result.traceOn || message.topic.startsWith(traceTopic)) return;
          const { routes } = client;
          dispatcher.append({
            type: 'Pub',
            timestamp,
            regionId: result.regionId,
            group,
            topic: message.topic,
            messageId: result.messageId,
            tags: message.tag,
            keys: keysOf(message.keys),
            storeHost: routes.masterAddress(routes.brokerNameOf(result.queue)) ?? result.queue.brokerName,
            bodyBytes,
            tookMs: clock.now() - timestamp,
            messageType: isHalf === true ? TraceMessageType.HALF : typeOf(message),
            offsetMessageId: result.offsetMessageId,
            success: result.status === 'SEND_OK',
          });
        },
      };
    },
  };
}

/** Source: ConsumeMessageTraceHookImpl. */
export function traceHandling<T>(dispatcher: TraceDispatcher): ConsumeObserver<T> {
  const { client, group } = dispatcher;
  const { clock } = client.ports;
  return {
    begin(messages, context) {
      const traced = messages.filter(isTraced);
      const requestId = client.uniqueIds.next();
      const timestamp = clock.now();
      const base = (message: ReceivedMessage<T>, at: number) => ({
        timestamp: at,
        regionId: message.property(MessageConst.PROPERTY_MSG_REGION) ?? '',
        group,
        requestId,
        messageId: message.messageId,
        keys: message.property(MessageConst.PROPERTY_KEYS),
      });
      for (const message of traced) {
        dispatcher.append({ type: 'SubBefore', ...base(message, timestamp), retryTimes: message.reconsumeTimes });
      }
      return {
        ended(failed) {
          const now = clock.now();
          const tookMs = Math.trunc((now - timestamp) / messages.length);
          for (const message of traced) {
            const isLater = context.laterLevelOf(message) !== undefined;
            const contextCode = failed ? ContextCode.EXCEPTION : isLater ? ContextCode.FAILED : ContextCode.SUCCESS;
            const success = contextCode === ContextCode.SUCCESS;
            dispatcher.append({ type: 'SubAfter', ...base(message, now), tookMs, success, contextCode });
          }
        },
      };
    },
  };
}

function keysOf(keys: OutgoingMessage['keys']): string | undefined {
  const text = typeof keys === 'string' ? keys : keys?.join(KEY_SEPARATOR);
  return text === '' ? undefined : text;
}

function typeOf<T>({ delayLevel, delayMs, deliverAtMs }: OutgoingMessage<T>): number {
  const isDelayed = delayLevel !== undefined || delayMs !== undefined || deliverAtMs !== undefined;
  return isDelayed ? TraceMessageType.DELAY : TraceMessageType.NORMAL;
}

/** A message may forbid traces. */
function isTraced(message: ReceivedMessage<unknown>): boolean {
  return message.property(MessageConst.PROPERTY_TRACE_SWITCH) !== 'false';
}

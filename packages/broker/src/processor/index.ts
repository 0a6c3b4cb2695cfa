/** The table of a broker's commands: every processor with what it needs. */
import type { Processor } from '@rocketmq-ts/remoting';
import { checkClientConfig } from './check-client-config.js';
import type { BrokerContext } from './context.js';
import { getConsumerListByGroup } from './get-consumer-list-by-group.js';
import { heartBeat } from './heart-beat.js';
import { pullMessageProcessors } from './pull-message.js';
import { queryConsumerOffset } from './query-consumer-offset.js';
import { sendMessageProcessors } from './send-message.js';
import { unregisterClient } from './unregister-client.js';
import { updateConsumerOffset } from './update-consumer-offset.js';

/** The processors of the port `listenPort`. */
export function brokerProcessors(context: BrokerContext): Processor[] {
  return [...fastProcessors(context), ...pullMessageProcessors(context)];
}

/** The processors of the port two below it: those that wait for messages are not there. */
export function fastProcessors(context: BrokerContext): Processor[] {
  return [
    ...sendMessageProcessors(context),
    heartBeat(context),
    unregisterClient(context),
    checkClientConfig(context),
    getConsumerListByGroup(context),
    updateConsumerOffset(context),
    queryConsumerOffset(context),
  ];
}

/** UNREGISTER_CLIENT: a client leaves its groups. */
import { type Processor, processor, ResponseCode, UNREGISTER_CLIENT } from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../client/consumer-manager.js';
import type { ProducerManager } from '../client/producer-manager.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import { Lanes } from './lanes.js';

export interface UnregisterClientParts {
  readonly consumers: Pick<ConsumerManager, 'unregister'>;
  readonly producers: Pick<ProducerManager, 'unregister'>;
  readonly groups: Pick<SubscriptionGroupManager, 'table'>;
}

/** Source: ClientManageProcessor#unregisterClient. */
export function unregisterClient({ consumers, producers, groups }: UnregisterClientParts): Processor {
  return processor(UNREGISTER_CLIENT, Lanes.CLIENT_MANAGE, ({ producerGroup, consumerGroup }, { connection }) => {
    if (producerGroup !== undefined) producers.unregister(producerGroup, connection);
    if (consumerGroup !== undefined) {
      const notify = groups.table.get(consumerGroup)?.notifyConsumerIdsChangedEnable ?? true;
      consumers.unregister(consumerGroup, connection, { notify });
    }
    return { code: ResponseCode.SUCCESS };
  });
}

/** REMOVE_BROKER: stops a broker of the container. */
import { type Processor, processor, REMOVE_BROKER, ResponseCode } from '@rocketmq-ts/remoting';
import { Lanes } from '../processor/lanes.js';
import type { BrokerIdentity } from './inner-broker.js';

/** Answered when its store is closed. Source: BrokerContainerProcessor#removeBroker. */
export function removeBroker({
  container,
}: {
  container: { removeBroker(identity: BrokerIdentity): Promise<boolean> };
}): Processor {
  return processor(REMOVE_BROKER, Lanes.ADMIN, async ({ brokerClusterName, brokerName, brokerId }) => {
    if (await container.removeBroker({ brokerClusterName, brokerName, brokerId })) {
      return { code: ResponseCode.SUCCESS };
    }
    return { code: ResponseCode.BROKER_NOT_EXIST, remark: 'Broker not exist' };
  });
}

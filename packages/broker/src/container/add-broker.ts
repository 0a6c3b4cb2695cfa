/** ADD_BROKER: starts one more broker in the container. */
import type { Logger } from '@rocketmq-ts/common';
import { ADD_BROKER, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import { Lanes } from '../processor/lanes.js';
import { InnerBrokerRefusedError } from './inner-broker-plan.js';

export interface AddBrokerParts {
  readonly container: { addBroker(configPath: string): Promise<unknown> };
  readonly logger: Logger;
}

/** Answered when the broker's ports answer. Source: BrokerContainerProcessor#addBroker. */
export function addBroker({ container, logger }: AddBrokerParts): Processor {
  return processor(ADD_BROKER, Lanes.ADMIN, async ({ configPath = '' }) => {
    try {
      await container.addBroker(configPath);
      return { code: ResponseCode.SUCCESS };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      logger.error('broker not added', { configPath, error });
      const remark = error instanceof InnerBrokerRefusedError ? error.message : `start broker failed: ${error.message}`;
      return { code: ResponseCode.SYSTEM_ERROR, remark };
    }
  });
}

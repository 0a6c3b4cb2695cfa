/** The table of a container's commands. Source: BrokerContainerProcessor. */
import type { Logger } from '@rocketmq-ts/common';
import type { Processor } from '@rocketmq-ts/remoting';
import type { BrokerConfigService } from '../broker-config-service.js';
import { getBrokerConfig } from '../processor/admin/get-broker-config.js';
import { updateBrokerConfig } from '../processor/admin/update-broker-config.js';
import { addBroker } from './add-broker.js';
import { getContainerRuntimeInfo } from './get-container-runtime-info.js';
import type { BrokerIdentity } from './inner-broker.js';
import type { InnerBrokerLife } from './inner-broker-life.js';
import { removeBroker } from './remove-broker.js';

/** What the commands need of a container. */
export interface ContainerContext {
  readonly container: {
    readonly brokers: Iterable<InnerBrokerLife>;
    addBroker(configPath: string): Promise<unknown>;
    removeBroker(identity: BrokerIdentity): Promise<boolean>;
  };
  readonly configService: BrokerConfigService;
  readonly logger: Logger;
  readonly startedAtMs: number;
}

/** On both ports of the container. */
export function containerProcessors(context: ContainerContext): Processor[] {
  return [
    addBroker(context),
    removeBroker(context),
    getBrokerConfig(context),
    updateBrokerConfig(context),
    getContainerRuntimeInfo(context),
  ];
}

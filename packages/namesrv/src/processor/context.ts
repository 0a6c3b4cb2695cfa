/** What the processors of the name server work with. Each takes the few members that it needs. */
import type { Clock, Logger } from '@rocketmq-ts/common';
import type { BatchUnregistrationService } from '../batch-unregistration-service.js';
import type { NamesrvConfig } from '../config.js';
import type { ConfigService } from '../config-service.js';
import type { KvConfigManager } from '../kv/kv-config-manager.js';
import type { MinBrokerIdChange } from '../route/broker-registration.js';
import type { RouteInfoManager } from '../route/route-info-manager.js';

export interface NamesrvContext {
  readonly config: NamesrvConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly routes: RouteInfoManager;
  readonly kv: KvConfigManager;
  readonly configService: Pick<ConfigService, 'describe' | 'update'>;
  readonly unregistrations: Pick<BatchUnregistrationService, 'trySubmit'>;
  /** Tells a group that its lowest id changed. */
  readonly notifyMinBrokerId: (change: MinBrokerIdChange) => void;
  /** Monotonic time of the start. */
  readonly startedMs: number;
  /** In cluster-test mode: the route of a topic in the product environment, if it has one. */
  readonly productRoute: ((topic: string) => Promise<Buffer | undefined>) | undefined;
}

/** The lanes of the reference's two thread pools. */
export const Lanes = { CLIENT: 'clientRequest', DEFAULT: 'default' } as const;

/** Sees that brokers which are gone are taken out: those that fall silent, and at once those whose connection closes. */
import type { Clock, Logger, Timer } from '@rocketmq-ts/common';
import type { Connection } from '@rocketmq-ts/remoting';
import type { BatchUnregistrationService } from './batch-unregistration-service.js';
import type { NamesrvConfig } from './config.js';
import type { GoneBroker, RouteInfoManager } from './route/route-info-manager.js';

const FIRST_SCAN_DELAY_MS = 5000;

export interface BrokerWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<NamesrvConfig, 'scanNotActiveBrokerInterval'>;
  readonly routes: RouteInfoManager;
  readonly unregistrations: Pick<BatchUnregistrationService, 'trySubmit'>;
}

/** Source: NamesrvController#startScheduleService, BrokerHousekeepingService. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions;
  #timer: Timer | undefined;

  constructor(options: BrokerWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#scanAfter(FIRST_SCAN_DELAY_MS);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A connection is gone; most are those of clients, and concern no broker. */
  onConnectionClosed(connection: Connection): void {
    for (const gone of this.#options.routes.brokersOfChannel(connection)) this.#takeOut(gone, 'connection closed');
  }

  #scanAfter(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(
      delayMs,
      () => {
        this.#scan();
        this.#scanAfter(this.#options.config.scanNotActiveBrokerInterval);
      },
      { background: true },
    );
  }

  #scan(): void {
    const { clock, routes } = this.#options;
    for (const gone of routes.expiredBrokers(clock.monotonicMs())) {
      this.#takeOut(gone, `silent for more than ${gone.live.heartbeatTimeoutMs} ms`);
      (gone.live.channel as Connection).destroy();
    }
  }

  #takeOut({ live, unregistration }: GoneBroker, reason: string): void {
    const { logger, unregistrations } = this.#options;
    const { clusterName, brokerAddr } = live;
    // When the queue is full, the next scan finds the broker again.
    const isTaken = unregistration === undefined || unregistrations.trySubmit(unregistration);
    logger.warn('broker is gone', {
      cluster: clusterName,
      brokerAddr,
      brokerName: unregistration?.brokerName,
      reason,
      isTaken,
    });
  }
}

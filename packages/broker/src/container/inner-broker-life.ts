/** The life of one broker in a container: starting, running, stopping, and dying when nobody asked for it. */
import type { Clock, Logger } from '@rocketmq-ts/common';
import type { InnerBroker, InnerBrokerLoad, InnerBrokerPlan, InnerBrokerStarted } from './inner-broker.js';

/** Where a broker is in its life. `stopped` and `died` are ends. */
export type InnerBrokerState = 'starting' | 'running' | 'stopping' | 'stopped' | 'died';

export interface InnerBrokerLifeParts {
  readonly plan: InnerBrokerPlan;
  readonly broker: InnerBroker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long it may take to stop before it is ended where it is. */
  readonly stopLimitMs: number;
}

/** Follows one broker; nothing that happens to it reaches the others. */
export class InnerBrokerLife {
  readonly plan: InnerBrokerPlan;
  readonly #parts: InnerBrokerLifeParts;
  readonly #started: Promise<InnerBrokerStarted>;
  #state: InnerBrokerState = 'starting';
  #address = '';
  #reason = '';
  #stopping: Promise<void> | undefined;

  /** Starts the broker at once. */
  constructor(parts: InnerBrokerLifeParts) {
    this.plan = parts.plan;
    this.#parts = parts;
    this.#started = this.#start();
    // Whoever started it waits for it; a stop in between must not be told twice.
    this.#started.catch(() => {});
    void parts.broker.ended.then((reason) => this.#onEnded(reason));
  }

  get state(): InnerBrokerState {
    return this.#state;
  }

  /** As clients know it; empty before it has started. */
  get address(): string {
    return this.#address;
  }

  /** Why it died, in words. */
  get reason(): string {
    return this.#reason;
  }

  /** It is over: whoever is like it may take its place. */
  get hasEnded(): boolean {
    return this.#state === 'died' || this.#state === 'stopped';
  }

  /** Settles with the start. Throws the reason why it did not start. */
  started(): Promise<InnerBrokerStarted> {
    return this.#started;
  }

  /** Undefined for one that does not run, or does not answer. */
  async load(): Promise<InnerBrokerLoad | undefined> {
    return this.#state === 'running' ? this.#parts.broker.load() : undefined;
  }

  /**
   * Stops it; one that has ended is fine.
   * @throws Error when it had to be ended where it is: its store recovers at the next start
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<InnerBrokerStarted> {
    const { broker, logger, plan } = this.#parts;
    try {
      const started = await broker.start();
      if (this.#state === 'starting') this.#state = 'running';
      this.#address = started.address;
      logger.info('broker of the container started', { broker: plan.name, address: started.address });
      return started;
    } catch (error) {
      // Not `died`: who has asked for it is told.
      this.#state = 'stopped';
      await broker.kill();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    if (this.hasEnded) return;
    const { broker, clock, logger, plan, stopLimitMs } = this.#parts;
    const isStarting = this.#state === 'starting';
    this.#state = 'stopping';
    // A start that fails leaves nothing to be stopped.
    const stopped = isStarting
      ? this.#started.then(
          () => broker.stop(),
          () => {},
        )
      : broker.stop();
    const failure = await failureWithin(clock, stopLimitMs, stopped);
    await broker.kill();
    this.#state = 'stopped';
    if (failure === undefined) {
      logger.info('broker of the container stopped', { broker: plan.name });
      return;
    }
    logger.error('broker of the container ended without a clean stop', { broker: plan.name, reason: failure });
    throw new Error(`broker ${plan.name}: ${failure}`);
  }

  #onEnded(reason: string): void {
    if (this.#state !== 'running') return;
    this.#state = 'died';
    this.#reason = reason;
    const { plan, logger } = this.#parts;
    logger.error('broker of the container died, the others go on; addBroker starts it again', {
      broker: plan.name,
      address: this.#address,
      configPath: plan.configPath,
      reason,
    });
  }
}

/** Why work was not done in time, in words; undefined when it was. */
function failureWithin(clock: Clock, limitMs: number, work: Promise<void>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(limitMs, () => resolve(`did not stop within ${limitMs} ms`));
    const settle = (failure: string | undefined): void => {
      timer.cancel();
      resolve(failure);
    };
    work.then(
      () => settle(undefined),
      (error: unknown) => settle(error instanceof Error ? error.message : String(error)),
    );
  });
}

/** A broker of a container on a thread of its own: its own event loop, its own heap, its own store. */
import { Worker } from 'node:worker_threads';
import type { InnerBroker, InnerBrokerLoad, InnerBrokerPlan, InnerBrokerStarted } from '@rocketmq-ts/broker';
import { type Clock, dropLockFile, type Logger } from '@rocketmq-ts/common';
import { BrokerCommandClient, type BrokerWorkerData } from './worker-messages.js';

export interface BrokerThreadParts {
  readonly plan: InnerBrokerPlan;
  /** `-Dname=value` words of the command line. */
  readonly definitions: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A thread that is too busy for this long is shown without figures. */
const LOAD_TIMEOUT_MS = 1000;
/** Beside this file, built or bundled. */
const WORKER = new URL('./broker-worker.js', import.meta.url);

export class BrokerThread implements InnerBroker {
  readonly ended: Promise<string>;
  readonly #parts: BrokerThreadParts;
  #worker: Worker | undefined;
  #commands: BrokerCommandClient | undefined;
  #onEnded: (reason: string) => void = () => {};

  constructor(parts: BrokerThreadParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
  }

  start(): Promise<InnerBrokerStarted> {
    const { plan, definitions } = this.#parts;
    const workerData: BrokerWorkerData = { plan, definitions };
    this.#worker = new Worker(WORKER, { workerData, name: plan.name });
    this.#commands = new BrokerCommandClient(this.#worker);
    this.#watch(this.#worker, this.#commands);
    return this.#commands.ask('start');
  }

  load(): Promise<InnerBrokerLoad | undefined> {
    const asked = this.#commands?.ask('load');
    return new Promise((resolve) => {
      const timer = this.#parts.clock.setTimer(LOAD_TIMEOUT_MS, () => resolve(undefined), { background: true });
      const settle = (load?: InnerBrokerLoad): void => {
        timer.cancel();
        resolve(load);
      };
      // A thread that has ended meanwhile has no figures either.
      asked?.then(settle, () => settle());
    });
  }

  async stop(): Promise<void> {
    await this.#commands?.ask('stop');
  }

  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** What a thread throws ends only itself: here it becomes the reason. */
  #watch(worker: Worker, commands: BrokerCommandClient): void {
    const { plan, logger } = this.#parts;
    const { threadId } = worker;
    let reason: string | undefined;
    worker.on('error', (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
      logger.error('uncaught error of a broker', { broker: plan.name, error });
    });
    worker.on('exit', (code) => {
      const text = reason ?? `its thread ended with ${code}`;
      // The files of a thread are closed with it; the lock names the process too, which lives on.
      dropLockFile(`${plan.directories[0]}/lock`, threadId);
      commands.close(text);
      this.#onEnded(text);
    });
  }
}

/** Asks brokers that were lost whether they are back. */
import { SystemTopic, type Timer } from '@rocketmq-ts/common';
import { GET_MAX_OFFSET, RemotingError } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { positive } from '../client-options.js';
import {
  type AvoidanceRule,
  type DetectorOptions,
  LatencyFaultTolerance,
  type LatencyFaultToleranceOptions,
} from './latency-fault-tolerance.js';

/** Runs while a broker is lost. Source: LatencyFaultToleranceImpl#detectByOneRound. */
export class FaultDetector {
  readonly #client: ClientInstance;
  readonly #faults: LatencyFaultTolerance;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #timer: Timer | undefined;
  #closed = false;

  /** @throws InvalidArgumentError */
  constructor(client: ClientInstance, faults: LatencyFaultTolerance, options: DetectorOptions) {
    this.#client = client;
    this.#faults = faults;
    this.#intervalMs = positive('latencyFaultTolerance.detect.intervalMs', options.intervalMs, 3000);
    this.#timeoutMs = positive('latencyFaultTolerance.detect.timeoutMs', options.timeoutMs, 200);
    faults.onLost = () => this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return;
    const { clock } = this.#client.ports;
    this.#timer = clock.setTimer(this.#intervalMs, () => this.#round(), { background: true });
  }

  #round(): void {
    const { logger } = this.#client.options;
    Promise.all([...this.#faults.lost].map((brokerName) => this.#detect(brokerName)))
      .catch((error: unknown) => logger.error('detection of brokers failed', { error }))
      .finally(() => {
        this.#timer = undefined;
        if (this.#faults.lost.size > 0) this.#schedule();
      });
  }

  /** An answer of any kind will do. */
  async #detect(brokerName: string): Promise<void> {
    const address = this.#client.routes.masterAddress(brokerName);
    if (address !== undefined && !(await this.#answers(address))) return;
    this.#faults.found(brokerName);
  }

  async #answers(address: string): Promise<boolean> {
    const header = { topic: SystemTopic.AUTO_CREATE_TOPIC_KEY, queueId: 0 };
    try {
      await this.#client.remoting.invoke(address, GET_MAX_OFFSET, header, { timeoutMs: this.#timeoutMs });
      return true;
    } catch (error) {
      if (!(error instanceof RemotingError)) throw error;
      return false;
    }
  }
}

/** What a producer's option makes. */
export interface FaultTolerance {
  readonly faults: LatencyFaultTolerance | undefined;
  readonly detector: FaultDetector | undefined;
}

/** From a producer's option: off, the reference's rules, or more. @throws InvalidArgumentError */
export function faultToleranceOf(
  option: boolean | readonly AvoidanceRule[] | LatencyFaultToleranceOptions | undefined,
  client: ClientInstance,
): FaultTolerance {
  if (option === undefined || option === false) return { faults: undefined, detector: undefined };
  const { rules, detect = false } = optionsOf(option);
  const faults = new LatencyFaultTolerance(client.ports.clock, rules);
  if (detect === false) return { faults, detector: undefined };
  return { faults, detector: new FaultDetector(client, faults, detect === true ? {} : detect) };
}

function optionsOf(
  option: true | readonly AvoidanceRule[] | LatencyFaultToleranceOptions,
): LatencyFaultToleranceOptions {
  if (option === true) return {};
  return 'length' in option ? { rules: option } : option;
}

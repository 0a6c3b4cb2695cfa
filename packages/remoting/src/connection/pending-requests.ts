/** The requests of one connection that wait for their answer, found by opaque, each with a deadline. */
import type { Clock, Timer } from '@rocketmq-ts/common';
import { type RemotingError, RemotingTimeoutError, RemotingTooMuchRequestError } from '../errors.js';
import type { RemotingCommand } from '../remoting-command.js';

/** Called exactly once: with the response, or with the error that took its place. */
export type ResponseCallback = (error: RemotingError | undefined, response: RemotingCommand | undefined) => void;

interface PendingRequest {
  readonly callback: ResponseCallback;
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  readonly name: string;
}

/**
 * One timer serves all waiting requests: it stands at the earliest deadline
 * known when it was set, so that a request that is answered in time costs no
 * timer of its own.
 */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #address: string;
  readonly #limit: number;
  readonly #pending = new Map<number, PendingRequest>();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: { clock: Clock; address: string; limit: number }) {
    this.#clock = options.clock;
    this.#address = options.address;
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** @throws RemotingTooMuchRequestError when the limit is reached. */
  add(opaque: number, request: { callback: ResponseCallback; timeoutMs: number; name: string }): void {
    if (this.#pending.size >= this.#limit) {
      throw new RemotingTooMuchRequestError(`${this.#limit} requests to ${this.#address} are under way already`);
    }
    const { callback, timeoutMs, name } = request;
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    this.#pending.set(opaque, { callback, deadlineMs, timeoutMs, name });
    if (deadlineMs < this.#timerAtMs) this.#setTimer(deadlineMs);
  }

  /** Hands the response to whoever waits for its opaque; false when nobody does (any more). */
  complete(response: RemotingCommand): boolean {
    const request = this.#pending.get(response.opaque);
    if (request === undefined) return false;
    this.#pending.delete(response.opaque);
    request.callback(undefined, response);
    return true;
  }

  /** Gives up waiting; the callback is not called any more. */
  forget(opaque: number): void {
    this.#pending.delete(opaque);
  }

  /** Fails all that wait. */
  failAll(error: RemotingError): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const requests = [...this.#pending.values()];
    this.#pending.clear();
    for (const request of requests) request.callback(error, undefined);
  }

  #setTimer(atMs: number): void {
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    const delayMs = Math.max(1, Math.ceil(atMs - this.#clock.monotonicMs()));
    this.#timer = this.#clock.setTimer(delayMs, () => this.#expire(), { background: true });
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    let earliestMs = Number.POSITIVE_INFINITY;
    const expired: PendingRequest[] = [];
    for (const [opaque, request] of this.#pending) {
      if (request.deadlineMs <= nowMs) {
        this.#pending.delete(opaque);
        expired.push(request);
      } else if (request.deadlineMs < earliestMs) earliestMs = request.deadlineMs;
    }
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    if (earliestMs !== Number.POSITIVE_INFINITY) this.#setTimer(earliestMs);
    for (const request of expired) {
      request.callback(new RemotingTimeoutError(this.#address, request.timeoutMs, request.name), undefined);
    }
  }
}

/** Events with typed payloads, for whoever wants to know what a client is doing. */
import type { Logger } from '@rocketmq-ts/common';

/** Called when something has happened; what it throws is logged and hurts nobody else. */
export type Listener<P> = (payload: P) => void;

/** What went wrong in the background. */
export interface Failure {
  readonly what: string;
  readonly error: unknown;
}

/** Something that tells what happens to it. */
export interface Observable<M> {
  /** Returns a function that takes the listener back. */
  on<K extends keyof M>(event: K, listener: Listener<M[K]>): () => void;
  off<K extends keyof M>(event: K, listener: Listener<M[K]>): void;
}

/** Listeners by event. Unlike Node's emitter, an `error` that nobody listens to is no exception; `unheard` is told of it. */
export class Events<M> implements Observable<M> {
  readonly #logger: Logger;
  readonly #unheard: ((failure: Failure) => void) | undefined;
  readonly #listeners = new Map<keyof M, Set<Listener<never>>>();

  constructor(logger: Logger, unheard?: (failure: Failure) => void) {
    this.#logger = logger;
    this.#unheard = unheard;
  }

  on<K extends keyof M>(event: K, listener: Listener<M[K]>): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(event, listeners);
    }
    listeners.add(listener);
    return () => this.off(event, listener);
  }

  off<K extends keyof M>(event: K, listener: Listener<M[K]>): void {
    this.#listeners.get(event)?.delete(listener);
  }

  emit<K extends keyof M>(event: K, payload: M[K]): void {
    const listeners = [...(this.#listeners.get(event) ?? [])] as Listener<M[K]>[];
    if (event === 'error' && listeners.length === 0) this.#unheard?.(payload as Failure);
    for (const listener of listeners) {
      try {
        listener(payload);
      } catch (error) {
        this.#logger.error('a listener threw', { event: String(event), error });
      }
    }
  }
}

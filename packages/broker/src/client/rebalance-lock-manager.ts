/** Which client holds which queue of a group that consumes in order. */
import type { Clock, MessageQueue } from '@rocketmq-ts/common';

/** A lock that was not renewed for so long is free, unless `rocketmq.broker.rebalance.lockMaxLiveTime` says otherwise. */
export const LOCK_MAX_LIVE_MS = 60_000;
/** Locks that are kept at most, of all groups. */
const MAX_LOCKS = 1_000_000;

interface Lock {
  clientId: string;
  renewedMs: number;
}

function keyOf({ topic, brokerName, queueId }: MessageQueue): string {
  return `${topic}@${brokerName}@${queueId}`;
}

/** Source: RebalanceLockManager. */
export class RebalanceLockManager {
  readonly #clock: Clock;
  readonly #maxLiveMs: number;
  readonly #groups = new Map<string, Map<string, Lock>>();
  #count = 0;

  constructor(clock: Clock, maxLiveMs: number = LOCK_MAX_LIVE_MS) {
    this.#clock = clock;
    this.#maxLiveMs = maxLiveMs;
  }

  /** True when nobody holds a queue of the group. */
  isLockAllExpired(group: string): boolean {
    for (const lock of this.#groups.get(group)?.values() ?? []) {
      if (!this.#isExpired(lock)) return false;
    }
    return true;
  }

  /** Locks what is free or held by this client already; answers the queues it holds now. */
  tryLock(group: string, queues: readonly MessageQueue[], clientId: string): MessageQueue[] {
    return queues.filter((queue) => this.#tryLockOne(group, keyOf(queue), clientId));
  }

  unlock(group: string, queues: readonly MessageQueue[], clientId: string): void {
    const locks = this.#groups.get(group);
    if (locks === undefined) return;
    for (const queue of queues) {
      const key = keyOf(queue);
      if (locks.get(key)?.clientId === clientId && locks.delete(key)) this.#count--;
    }
    if (locks.size === 0) this.#groups.delete(group);
  }

  /** Forgets locks that are long free. */
  scan(): void {
    for (const [group, locks] of this.#groups) {
      for (const [key, lock] of locks) {
        if (this.#isExpired(lock) && locks.delete(key)) this.#count--;
      }
      if (locks.size === 0) this.#groups.delete(group);
    }
  }

  #tryLockOne(group: string, key: string, clientId: string): boolean {
    const renewedMs = this.#clock.now();
    const lock = this.#groups.get(group)?.get(key);
    if (lock !== undefined) {
      if (lock.clientId !== clientId && !this.#isExpired(lock)) return false;
      lock.clientId = clientId;
      lock.renewedMs = renewedMs;
      return true;
    }
    if (this.#count >= MAX_LOCKS) return false;
    const locks = this.#groups.get(group) ?? new Map<string, Lock>();
    locks.set(key, { clientId, renewedMs });
    this.#groups.set(group, locks);
    this.#count++;
    return true;
  }

  #isExpired(lock: Lock): boolean {
    return this.#clock.now() - lock.renewedMs > this.#maxLiveMs;
  }
}

/** Pulls that found nothing and wait for a message, or for their time. Knows no protocol: it hands them back when they are due. */
import type { Clock, Timer, Turn } from '@rocketmq-ts/common';
import type { MessageFilter } from '@rocketmq-ts/filter';
import type { ArrivingListener } from '@rocketmq-ts/store';

/** A parked pull. */
export interface HeldPull {
  readonly topic: string;
  readonly queueId: number;
  /** The queue offset it waits for. */
  readonly queueOffset: number;
  readonly filter: MessageFilter;
  /** Clock time until which it may wait, ms. */
  readonly deadlineMs: number;
  /** True when nobody is there any more to take the answer. */
  readonly abandoned: boolean;
  /** Runs the pull again, for the last time. */
  wake(): void;
}

export interface PullRequestHoldParts {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits?: Partial<HoldLimits>;
}

/** Beyond, whoever waits longest is woken early: his client pulls again and waits behind the others. */
export interface HoldLimits {
  /** Pulls that wait at one time. */
  readonly held: number;
  /** Of one queue: each message that arrives there is shown to all of them. */
  readonly heldOfQueue: number;
  /** Woken pulls that run before others have their turn. */
  readonly wakesOfTurn: number;
}

const SWEEP_INTERVAL_MS = 500;
const DEFAULT_LIMITS: HoldLimits = { held: 100_000, heldOfQueue: 10_000, wakesOfTurn: 500 };

/**
 * Wakes each held pull once: when a message arrives that its filter lets pass,
 * when its time is over, or when too many wait. Woken pulls run after all commits
 * of the turn, so that one answer takes everything that arrived.
 *
 * Source: PullRequestHoldService.
 */
export class PullRequestHold implements ArrivingListener {
  readonly #clock: Clock;
  readonly #turn: Turn;
  /** Held pulls by topic and queue; only topics and queues that somebody waits for are in it. */
  readonly #held = new Map<string, Map<number, HeldPull[]>>();
  /** All of them, in the order they came. */
  readonly #all = new Set<HeldPull>();
  readonly #limits: HoldLimits;
  readonly #runDue = (): void => this.#wakeDue();
  #due: HeldPull[] = [];
  #started = false;
  #stopped = false;
  /** Set while somebody waits: nothing wakes the process for nobody. */
  #sweep: Timer | undefined;

  constructor(parts: PullRequestHoldParts) {
    this.#clock = parts.clock;
    this.#turn = parts.turn;
    this.#limits = { ...DEFAULT_LIMITS, ...parts.limits };
  }

  /** Pulls that wait now. */
  get count(): number {
    return this.#all.size;
  }

  /** From now on time is watched. */
  start(): void {
    this.#started = true;
    if (this.#all.size > 0) this.#watch();
  }

  /** Stops watching the time and wakes everybody, so that each gets an answer. */
  stop(): void {
    this.#stopped = true;
    this.#unwatch();
    this.wakeAll();
  }

  hold(pull: HeldPull): void {
    let queues = this.#held.get(pull.topic);
    if (queues === undefined) {
      queues = new Map();
      this.#held.set(pull.topic, queues);
    }
    const pulls = queues.get(pull.queueId);
    if (pulls === undefined) queues.set(pull.queueId, [pull]);
    else pulls.push(pull);
    this.#all.add(pull);
    if (this.#sweep === undefined && this.#started && !this.#stopped) this.#watch();
    if (pulls !== undefined && pulls.length > this.#limits.heldOfQueue) this.#wakeEarly(pulls[0]!);
    else if (this.#all.size > this.#limits.held) this.#wakeOldest();
  }

  arriving(topic: string, queueId: number, nextOffset: number, tagsCode: number): void {
    // Mostly nobody waits: then not even the name is looked at.
    if (this.#all.size === 0) return;
    const pulls = this.#held.get(topic)?.get(queueId);
    if (pulls === undefined) return;
    this.#take(
      topic,
      queueId,
      (pull) => nextOffset > pull.queueOffset && pull.filter.isMatchedByConsumeQueue(tagsCode, undefined),
    );
  }

  /** Wakes those whose time is over, and forgets those that nobody waits for any more. */
  sweep(): void {
    const nowMs = this.#clock.now();
    this.#takeFromAll((pull) => pull.abandoned || pull.deadlineMs <= nowMs);
    if (this.#all.size === 0) this.#unwatch();
  }

  /** Wakes all: the role of the broker changed, or it stops. */
  wakeAll(): void {
    this.#takeFromAll(() => true);
  }

  #watch(): void {
    this.#sweep = this.#clock.setRepeating(SWEEP_INTERVAL_MS, () => this.sweep(), { background: true });
  }

  #unwatch(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #wakeOldest(): void {
    for (const oldest of this.#all) {
      this.#wakeEarly(oldest);
      return;
    }
  }

  /** Takes one that is the oldest of its queue. */
  #wakeEarly(pull: HeldPull): void {
    const queues = this.#held.get(pull.topic);
    const pulls = queues?.get(pull.queueId);
    pulls?.shift();
    if (pulls?.length === 0) queues?.delete(pull.queueId);
    if (queues?.size === 0) this.#held.delete(pull.topic);
    this.#schedule(pull);
  }

  #takeFromAll(isDue: (pull: HeldPull) => boolean): void {
    for (const [topic, queues] of this.#held) {
      for (const queueId of queues.keys()) this.#take(topic, queueId, isDue);
    }
  }

  #take(topic: string, queueId: number, isDue: (pull: HeldPull) => boolean): void {
    const queues = this.#held.get(topic);
    const pulls = queues?.get(queueId);
    if (queues === undefined || pulls === undefined) return;
    const kept: HeldPull[] = [];
    for (const pull of pulls) {
      if (isDue(pull)) this.#schedule(pull);
      else kept.push(pull);
    }
    if (kept.length > 0) {
      queues.set(queueId, kept);
      return;
    }
    queues.delete(queueId);
    if (queues.size === 0) this.#held.delete(topic);
  }

  #schedule(pull: HeldPull): void {
    this.#all.delete(pull);
    if (this.#due.push(pull) === 1) this.#turn.output(this.#runDue);
  }

  #wakeDue(): void {
    const { wakesOfTurn } = this.#limits;
    const rest = this.#stopped ? [] : this.#due.slice(wakesOfTurn);
    const due = this.#due;
    due.length -= rest.length;
    this.#due = rest;
    for (const pull of due) pull.wake();
    if (rest.length > 0) this.#clock.endOfTurn(this.#runDue);
  }
}

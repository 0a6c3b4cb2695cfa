/**
 * The timer: messages that are to be delivered at any time wait in the topic
 * `rmq_sys_wheel_timer`, and here is noted which of them are due when.
 */
import { DataVersion, formatJavaDouble, MalformedDataError, type Timer } from '@rocketmq-ts/common';
import { FileQueue } from '../file-queue.js';
import { HandleCache } from '../handle-cache.js';
import { MetricsCheck } from './metrics-check.js';
import { TimerCheckpointFile } from './timer-checkpoint.js';
import { TimerDelivery } from './timer-delivery.js';
import { TimerDequeue } from './timer-dequeue.js';
import { TimerEnqueue } from './timer-enqueue.js';
import { TimerFlush } from './timer-flush.js';
import { TimerLog } from './timer-log.js';
import { TimerMetrics } from './timer-metrics.js';
import type { TimerParts } from './timer-parts.js';
import { TimerRecovery } from './timer-recovery.js';
import { TimerWheel } from './timer-wheel.js';
import { TimerWriteTime } from './timer-write-time.js';
import { WheelFiles } from './wheel-files.js';

/** While messages wait the clock is looked at this often, so that one that was set is noticed. */
const MAX_WAIT_MS = 1000;
const AFTER_ERROR_MS = 1000;
const MAX_OPEN_FILES = 16;
const CONGESTION_STEPS = 1000;

/** Parts that exist once the files were read. */
interface Loaded {
  readonly enqueue: TimerEnqueue;
  readonly dequeue: TimerDequeue;
  readonly flush: TimerFlush;
  readonly check: MetricsCheck;
}

/** Source: TimerMessageStore. */
export class TimerMessageStore {
  readonly #parts: TimerParts;
  readonly #handles: HandleCache;
  readonly #log: TimerLog;
  readonly #wheel: TimerWheel;
  readonly #wheelFiles: WheelFiles;
  readonly #checkpointFile: TimerCheckpointFile;
  readonly #delivery: TimerDelivery;
  readonly #writeTime: TimerWriteTime;
  readonly metrics: TimerMetrics;
  #loaded: Loaded | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  /** Somebody has news since the last look. */
  #woken = false;
  #endSleep: (() => void) | undefined;
  /** After an error only the time, or the end, ends a sleep. */
  #mustSleep = false;

  constructor(parts: TimerParts) {
    this.#parts = parts;
    const { config, clock, files, logger } = parts;
    const root = config.storePathRootDir;
    this.#handles = new HandleCache(files, MAX_OPEN_FILES);
    const logFiles = new FileQueue(files, this.#handles, `${root}/timerlog`, config.mappedFileSizeTimerLog);
    this.#log = new TimerLog({ clock, files: logFiles });
    this.#wheel = new TimerWheel(config.timerPrecisionMs);
    this.#wheelFiles = new WheelFiles({ files, root, logger });
    this.#checkpointFile = new TimerCheckpointFile(files, `${root}/config`);
    this.metrics = new TimerMetrics({ path: `${root}/config/timermetrics`, files, logger, clock });
    this.#delivery = new TimerDelivery({ ...parts, metrics: this.metrics });
    this.#writeTime = new TimerWriteTime(parts);
  }

  /** Reads the files, and makes them again where they are missing or contradict themselves. */
  async load(): Promise<void> {
    const parts = { ...this.#parts, log: this.#log, wheel: this.#wheel, wheelFiles: this.#wheelFiles };
    const found = this.#checkpointFile.read();
    const from = await new TimerRecovery(parts).run(found);
    this.#loadMetrics();
    const { metrics } = this;
    if (from.rebuiltUntil !== undefined) metrics.clear();
    const delivery = this.#delivery;
    const dequeue = new TimerDequeue({ ...parts, metrics, delivery }, from.readTimeMs);
    const nextSlotMs = (): number => dequeue.nextSlotMs;
    const enqueue = new TimerEnqueue({ ...parts, metrics, delivery, nextSlotMs }, from);
    const flush = new TimerFlush({
      ...parts,
      metrics,
      checkpointFile: this.#checkpointFile,
      version: found?.version ?? new DataVersion(parts.clock.now()),
      progress: () =>
        enqueue.isRebuilding
          ? undefined
          : { lastReadTimeMs: dequeue.readTimeMs, lastTimerQueueOffset: enqueue.queueOffset },
    });
    const readTimeMs = (): number | undefined => (dequeue.isBusy ? undefined : dequeue.nextSlotMs);
    const check = new MetricsCheck({ ...parts, metrics, readTimeMs });
    this.#loaded = { enqueue, dequeue, flush, check };
    if (this.#wheel.isDirty) flush.changed();
  }

  /** Begins to take messages in and to deliver them. A slave does neither. */
  start(): void {
    if (this.#loaded === undefined) throw new Error('the timer has not read its files: call load() first');
    if (this.#parts.config.brokerRole === 'SLAVE') return;
    this.#loaded.check.start();
    this.#running ??= this.#run(this.#loaded);
  }

  /** Ends what is under way and writes the files. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#delivery.stop();
    this.#loaded?.check.stop();
    this.wake();
    await this.#running;
    if (this.#running !== undefined) await this.#loaded?.flush.stop();
    this.#wheelFiles.close();
    this.#handles.closeAll();
  }

  /** Tells that a message has come into `rmq_sys_wheel_timer`, or that the configuration has changed. Cheap. */
  wake(): void {
    this.#woken = true;
    if (!this.#mustSleep || this.#stopped) this.#endSleep?.();
  }

  /** Whether the slot of a moment has too many messages to take another one. Source: TimerMessageStore#isReject. */
  isReject(timeMs: number): boolean {
    const { config, random } = this.#parts;
    const limit = config.timerCongestNumEachSlot;
    const count = this.#wheel.count(timeMs);
    if (count <= limit) return false;
    if (count >= 2 * limit) return true;
    // As the reference has it: the fuller the slot, the fewer are refused.
    return random.nextInt(CONGESTION_STEPS) > (CONGESTION_STEPS * (count - limit)) / (limit + 0.1);
  }

  /** The 56 bytes of the check point. */
  checkpoint(): Buffer {
    if (this.#loaded === undefined) throw new Error('the timer has not read its files: call load() first');
    return this.#loaded.flush.checkpoint();
  }

  /** The timer's entries of GET_BROKER_RUNTIME_INFO. */
  runtimeInfo(): Map<string, string> {
    const { enqueue, dequeue } = this.#loaded ?? {};
    return new Map([
      ['timerReadBehind', String(Math.floor((dequeue?.behindMs ?? 0) / 1000))],
      ['timerOffsetBehind', String(enqueue?.behind ?? 0)],
      ['timerCongestNum', String(this.#wheel.total)],
      ['timerEnqueueTps', formatJavaDouble(Math.fround(enqueue?.rate.perSecond ?? 0))],
      ['timerDequeueTps', formatJavaDouble(Math.fround(this.#delivery.rate.perSecond))],
    ]);
  }

  /** Takes messages in before it delivers any: a mark that takes a message back must come before that. */
  async #run({ enqueue, dequeue, flush }: Loaded): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const taken = await this.#try(() => this.#takeIn(enqueue));
      // What can not be taken in must not hold up what has been.
      const isHeldUp = this.#parts.config.timerStopEnqueue || taken === 'failed';
      const untilMs = isHeldUp ? Number.POSITIVE_INFINITY : this.#writeTime.timeMs;
      const delivered = !this.#stopped && (await this.#try(() => dequeue.step(untilMs)));
      const changed = taken === true || delivered === true;
      if (changed) flush.changed();
      this.#mustSleep = !changed && (taken === 'failed' || delivered === 'failed');
      await this.#pause(changed ? 0 : this.#mustSleep ? AFTER_ERROR_MS : this.#waitMs(dequeue));
      this.#mustSleep = false;
    }
  }

  async #takeIn(enqueue: TimerEnqueue): Promise<boolean> {
    const taken = await enqueue.step();
    await this.#writeTime.move(enqueue.queueOffset);
    return taken;
  }

  /** Whatever goes wrong, the messages are still there. */
  async #try(step: () => Promise<boolean>): Promise<boolean | 'failed'> {
    try {
      return await step();
    } catch (error) {
      this.#parts.logger.error('timed messages are held up', { error, retryMs: AFTER_ERROR_MS });
      return 'failed';
    }
  }

  #waitMs({ dueMs }: TimerDequeue): number | undefined {
    if (dueMs === undefined) return undefined;
    return Math.min(Math.max(1, dueMs - this.#parts.clock.now()), MAX_WAIT_MS);
  }

  /** A turn for all others at least; without a time until somebody wakes it. */
  #pause(waitMs: number | undefined): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      if (waitMs === 0 || this.#stopped || (this.#woken && !this.#mustSleep)) {
        clock.endOfTurn(resolve);
        return;
      }
      let timer: Timer | undefined;
      this.#endSleep = () => {
        this.#endSleep = undefined;
        timer?.cancel();
        resolve();
      };
      if (waitMs !== undefined) timer = clock.setTimer(waitMs, () => this.#endSleep?.(), { background: true });
    });
  }

  #loadMetrics(): void {
    try {
      this.metrics.load();
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error;
      this.#parts.logger.error('the counts of timed messages are lost until they are counted anew', {
        error: error.message,
      });
    }
  }
}

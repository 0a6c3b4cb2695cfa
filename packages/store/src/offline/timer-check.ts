/** Looks at the files of the timer: check point, timer log and wheel, and whether they know the messages that wait. */
import { TIMER_TOPIC } from '@rocketmq-ts/common';
import type { DispatchRequest } from '../record-reader.js';
import { decodeTimerCheckpoint, type TimerProgress } from '../timer/timer-checkpoint.js';
import { TIMER_QUEUE_ID } from '../timer/timer-parts.js';
import type { Findings, LogListener, ScannedLog } from './findings.js';
import type { TimerReport } from './report.js';
import { TimerLogCheck, type TimerMarks } from './timer-log-check.js';
import { TimerWheelCheck, type WheelSummary, wheelBase } from './timer-wheel-check.js';

const MINUTE_MS = 60_000;
/** Far more than the reach of any timer. */
const MAX_MINUTES = 1_000_000;
const NO_WHEEL: WheelSummary = { slots: 0, messages: 0, firstSlotMs: 0, lastSlotMs: 0, records: 0 };

/** What config/timercheck, or else its copy, says; `problem` tells why one of them cannot be used. */
export function readTimerProgress({ directory }: Pick<Findings, 'directory'>): {
  readonly progress: TimerProgress | undefined;
  readonly problem: string | undefined;
} {
  let problem: string | undefined;
  for (const name of ['config/timercheck', 'config/timercheck.bak']) {
    if (!directory.has(name)) continue;
    const bytes = directory.files.readFileSync(directory.path(name));
    const found = decodeTimerCheckpoint(bytes);
    if (found !== undefined) return { progress: found.progress, problem };
    // One that was made and never written is full of zeros.
    if (bytes.some((byte) => byte !== 0)) problem ??= `${name} of ${bytes.length} bytes cannot be one`;
  }
  return { progress: undefined, problem };
}

export class TimerCheck implements LogListener {
  readonly #findings: Findings;
  readonly #progress: TimerProgress | undefined;
  readonly #marks: TimerMarks;
  readonly #log: TimerLogCheck;
  /** Messages that the timer has taken, by the minute in which they are due. */
  readonly #taken = new Map<number, number>();
  #newestMs = 0;
  #newestQueueOffset = -1;

  constructor(findings: Findings, precisionMs: number) {
    const { progress, problem } = readTimerProgress(findings);
    this.#findings = findings;
    this.#progress = progress;
    if (problem !== undefined) findings.problems.add('timer', 'config/timercheck', problem);
    this.#marks = {
      readTimeMs: progress?.lastReadTimeMs ?? 0,
      flushedEnd: progress?.lastTimerLogFlushPos ?? 0,
      precisionMs,
    };
    this.#log = new TimerLogCheck(findings, this.#marks);
  }

  take({ physicalOffset, sizeBytes, topic, queueId, queueOffset, storeTimestamp }: DispatchRequest): void {
    this.#newestMs = Math.max(this.#newestMs, storeTimestamp);
    if (topic !== TIMER_TOPIC || queueId !== TIMER_QUEUE_ID) return;
    this.#newestQueueOffset = queueOffset;
    if (this.#progress === undefined) return;
    const message = this.#log.messageAt(physicalOffset, sizeBytes);
    if (typeof message === 'string' || message.outMs < this.#marks.readTimeMs || this.#taken.size > MAX_MINUTES) return;
    const isTaken = queueOffset < this.#progress.lastTimerQueueOffset;
    // One that goes round comes again as a copy: it waits once, or not at all while its copy was not taken.
    if (isTaken === message.rollTimes > 0) return;
    const minute = Math.floor(message.outMs / MINUTE_MS);
    this.#taken.set(minute, (this.#taken.get(minute) ?? 0) + (isTaken ? 1 : -1));
  }

  /** Says what is wrong; answers what there is, undefined when the store has no timer. */
  judge(scanned: ScannedLog): TimerReport | undefined {
    const { directory } = this.#findings;
    const files = directory.timerLog();
    const base = wheelBase(this.#findings);
    if (this.#progress === undefined && files.count === 0 && base === undefined) return undefined;
    const { readTimeMs } = this.#marks;
    const wheelEnd = base?.snapshotPosition ?? Number.MAX_SAFE_INTEGER;
    let waiting = 0;
    const log = this.#log.run(scanned, this.#countFromMs, ({ slotTimeMs }, position) => {
      if (slotTimeMs >= readTimeMs && position < wheelEnd) waiting++;
    });
    const source = {
      minOffset: this.#log.log.minOffset,
      endOffset: log.endOffset,
      recordAt: (position: number) => this.#log.recordAt(position),
    };
    const wheel = base === undefined ? NO_WHEEL : new TimerWheelCheck(this.#findings, this.#marks, base, source).run();
    if (this.#findings.thorough) {
      this.#judgeWheel(waiting, base === undefined ? undefined : wheel);
      this.#judgeMessages(log.messagesFrom);
    }
    return {
      checkpoint: this.#progress === undefined ? undefined : { ...this.#progress },
      logFiles: files.count,
      logFileBytes: files.fileSizeBytes,
      logMinOffset: files.minOffset,
      logEndOffset: log.endOffset,
      records: log.records,
      wheel: base === undefined ? undefined : directory.nameOf(base.path),
      waitingSlots: wheel.slots,
      waitingMessages: wheel.messages,
      firstSlotMs: wheel.firstSlotMs,
      lastSlotMs: wheel.lastSlotMs,
    };
  }

  /**
   * What is due before may have been delivered without ever being in the wheel: it was so late. What was delivered is
   * in the log, so that no such moment is later than the newest message.
   */
  get #countFromMs(): number {
    const latest = Math.max(this.#marks.readTimeMs, this.#newestMs);
    return (Math.floor(latest / MINUTE_MS) + 2) * MINUTE_MS;
  }

  /** What waits in the log must be what the slots lead to. */
  #judgeWheel(waiting: number, wheel: WheelSummary | undefined): void {
    const { problems, notes, abort } = this.#findings;
    const known = wheel?.records ?? 0;
    // Wrong slots were spoken of already; more than what waits is leftovers of slots that come round again.
    if (known >= waiting) return;
    const what =
      wheel === undefined
        ? `it is missing, and ${waiting} records of the timer log wait`
        : `its slots lead to ${known} of the ${waiting} records that wait`;
    // Without a check point the next start makes both again.
    if (abort || this.#progress === undefined) notes.push(`timerwheel: ${what}`);
    else problems.add('timer', 'timerwheel', what);
  }

  #judgeMessages(known: number): void {
    const { problems, directory } = this.#findings;
    if (this.#progress === undefined || !directory.hasLog) return;
    let expected = 0;
    for (const [minute, count] of this.#taken) if (minute * MINUTE_MS >= this.#countFromMs) expected += count;
    if (known < expected) problems.add('timer', 'timerlog', `it knows ${known} of the ${expected} messages that wait`);
    const { lastTimerQueueOffset } = this.#progress;
    const isAhead = this.#newestQueueOffset >= 0 && lastTimerQueueOffset > this.#newestQueueOffset + 1;
    if (isAhead)
      problems.add(
        'timer',
        'config/timercheck',
        `it has taken ${TIMER_TOPIC} up to ${lastTimerQueueOffset}, which ends at ${this.#newestQueueOffset + 1}`,
      );
  }
}

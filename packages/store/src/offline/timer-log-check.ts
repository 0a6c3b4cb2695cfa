/** Looks at the timer log record by record: whether each is the note of the message that it points to, and leads back to one of its own slot. */
import { MessageConst } from '@rocketmq-ts/common';
import { TimedMessage } from '../timer/timed-message.js';
import { TimerLog } from '../timer/timer-log.js';
import { slotOf } from '../timer/timer-parts.js';
import {
  deletesNow,
  needsRoll,
  readTimerRecord,
  TIMER_RECORD_BYTES,
  TimerMagic,
  type TimerRecord,
} from '../timer/timer-record.js';
import { UndeliverableError } from '../waiting-record.js';
import type { Findings, ScannedLog } from './findings.js';
import { WindowReader } from './window-reader.js';

const SAID_OF_EACH = 5;
const MESSAGE_WINDOW_BYTES = 1024 * 1024;

/** What the check point says, as far as it matters here. */
export interface TimerMarks {
  readonly readTimeMs: number;
  /** The log is durable before this. */
  readonly flushedEnd: number;
  readonly precisionMs: number;
}

/** What was found in the timer log. */
export interface ScannedTimerLog {
  readonly records: number;
  readonly endOffset: number;
  /** Messages that wait and are due at or after a moment, each counted once. */
  readonly messagesFrom: number;
}

export class TimerLogCheck {
  readonly #findings: Findings;
  readonly #marks: TimerMarks;
  readonly #messages: WindowReader;
  readonly #previous: WindowReader;
  readonly log: TimerLog;
  #said = 0;
  #records = 0;
  #newestPhysical = -1;
  #messagesFrom = 0;

  constructor(findings: Findings, marks: TimerMarks) {
    const { directory } = findings;
    this.#findings = findings;
    this.#marks = marks;
    const files = directory.timerLog();
    this.log = new TimerLog({ clock: { endOfTurn: (callback) => callback() }, files });
    this.#messages = new WindowReader(directory.log(), MESSAGE_WINDOW_BYTES);
    this.#previous = new WindowReader(files, TIMER_RECORD_BYTES);
  }

  /** Reads all records; `visit` sees each. Messages are counted from `countFromMs` on. */
  run(
    scanned: ScannedLog,
    countFromMs: number,
    visit: (record: TimerRecord, position: number) => void,
  ): ScannedTimerLog {
    const { log } = this;
    if (!log.load()) this.#say('timerlog', 'its files are not of one size, one behind the other');
    const take = (record: TimerRecord, position: number): true => {
      this.#records++;
      if (this.#findings.thorough) this.#check(record, position, scanned, countFromMs);
      visit(record, position);
      return true;
    };
    let endOffset = log.scan(log.minOffset, take);
    const limit = Math.min(this.#marks.flushedEnd, log.filesEnd);
    let unreadable = 0;
    for (let position = endOffset; position < limit; ) {
      unreadable++;
      position = log.scan(position + TIMER_RECORD_BYTES, take);
      endOffset = Math.max(endOffset, Math.min(position, limit));
    }
    if (unreadable > 0) this.#say('timerlog', `${unreadable} records before ${limit} cannot be read`);
    if (this.#marks.flushedEnd > log.filesEnd)
      this.#say('config/timercheck', `the timer log ends at ${log.filesEnd}, and was at ${this.#marks.flushedEnd}`);
    return { records: this.#records, endOffset, messagesFrom: this.#messagesFrom };
  }

  /** The timed message at a place of the commit log, or why there is none. */
  messageAt(physicalOffset: number, sizeBytes: number): TimedMessage | string {
    const at = this.#messages.at(physicalOffset, sizeBytes);
    if (at < 0) return 'nothing is there';
    try {
      const message = new TimedMessage(this.#messages.data.bytes.subarray(at, at + sizeBytes));
      const { record } = message;
      if (record.physicalOffset !== physicalOffset || record.storeSize !== sizeBytes)
        return `a record of ${record.storeSize} bytes for ${record.physicalOffset} is there`;
      return message;
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      return error.message;
    }
  }

  #check(record: TimerRecord, position: number, scanned: ScannedLog, countFromMs: number): void {
    const wrongLink = this.#wrongLink(record, position);
    if (wrongLink !== undefined) this.#say('timerlog', `the record at ${position} ${wrongLink}`);
    const { physicalOffset, sizeBytes } = record;
    if (!this.#findings.directory.hasLog || physicalOffset < scanned.minOffset) return;
    const message = this.messageAt(physicalOffset, sizeBytes);
    if (typeof message === 'string') {
      this.#say('timerlog', `the record at ${position} points to ${physicalOffset}+${sizeBytes}: ${message}`);
      return;
    }
    const wrong = this.#wrongNote(record, message);
    if (wrong !== undefined) this.#say('timerlog', `the record at ${position} ${wrong}`);
    if (physicalOffset <= this.#newestPhysical) return;
    this.#newestPhysical = physicalOffset;
    if (message.outMs >= countFromMs && record.slotTimeMs >= this.#marks.readTimeMs) this.#messagesFrom++;
  }

  #wrongLink({ previous, slotTimeMs }: TimerRecord, position: number): string | undefined {
    const { precisionMs } = this.#marks;
    if (previous === -1 || (previous >= 0 && previous < this.log.minOffset)) return undefined;
    if (previous >= position) return `leads to ${previous}, which is not before it`;
    const before = this.recordAt(previous);
    if (before === undefined) return `leads to ${previous}, where no record is`;
    if (slotOf(before.slotTimeMs, precisionMs) === slotOf(slotTimeMs, precisionMs)) return undefined;
    return `of slot ${slotTimeMs} leads to ${previous} of slot ${before.slotTimeMs}`;
  }

  /** The record at a position; undefined when none is there. */
  recordAt(position: number): TimerRecord | undefined {
    const at = this.#previous.at(position, TIMER_RECORD_BYTES);
    return at < 0 ? undefined : readTimerRecord(this.#previous.data.view, at);
  }

  #wrongNote(record: TimerRecord, message: TimedMessage): string | undefined {
    const slotMs = slotOf(message.outMs, this.#marks.precisionMs);
    if (record.topicHash !== message.topicHash)
      return `has the hash ${record.topicHash}, that of ${message.realTopic} is ${message.topicHash}`;
    if (((record.magic & TimerMagic.DELETE) !== 0) !== (message.deleteKey !== undefined))
      return `${deletesNow(record) ? 'takes a message back' : 'takes none back'}, its message's ${MessageConst.PROPERTY_TIMER_DEL_UNIQKEY} is ${message.deleteKey}`;
    if (needsRoll(record) ? record.slotTimeMs < message.outMs : record.slotTimeMs >= slotMs) return undefined;
    return `is in slot ${record.slotTimeMs}, its message is due at ${message.outMs}`;
  }

  #say(path: string, what: string): void {
    if (this.#said++ < SAID_OF_EACH) this.#findings.problems.add('timer', path, what);
    else this.#findings.problems.count++;
  }
}

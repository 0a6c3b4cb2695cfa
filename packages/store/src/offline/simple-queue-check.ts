/** Compares the consume queues that are kept in files, light queues among them, and their extension files, with the log. */
import { MIN_TAGS_CODE } from '../ext-unit.js';
import { LIGHT_QUEUE_ID, statedPlaces } from '../light-queues.js';
import { skipsConsumeQueue } from '../record-layout.js';
import { type DispatchRequest, isScheduleTopic } from '../record-reader.js';
import { ExtCheck } from './ext-check.js';
import type { Findings, LogListener, MissingQueues, ScannedLog } from './findings.js';
import { type ProbedQueue, QueueProbe } from './queue-probe.js';
import type { ExtReport, QueueReport } from './report.js';

/** What the entry of a message must say. */
interface Expected {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  /** Undefined for a delayed message: the entry holds a time that the levels of then decide. */
  readonly tagsCode: number | undefined;
  readonly storeTimestamp: number;
}

export class SimpleQueueCheck implements LogListener {
  readonly #findings: Findings;
  readonly #probe: QueueProbe;
  readonly #ext: ExtCheck;
  readonly #missing: MissingQueues;
  readonly #isElsewhere: (topic: string, queueId: number) => boolean;

  /** `isElsewhere` tells of queues that are of another kind. */
  constructor(findings: Findings, missing: MissingQueues, isElsewhere: (topic: string, queueId: number) => boolean) {
    this.#isElsewhere = isElsewhere;
    this.#findings = findings;
    this.#missing = missing;
    this.#probe = new QueueProbe(findings.directory);
    this.#ext = new ExtCheck(findings);
  }

  /** Counts what is there. */
  survey(minPhysicalOffset: number): void {
    for (const queue of this.#probe.all()) queue.survey(minPhysicalOffset);
  }

  take(message: DispatchRequest): void {
    if (skipsConsumeQueue(message.sysFlag)) return;
    const { physicalOffset, sizeBytes, topic, queueId, queueOffset, storeTimestamp } = message;
    const tagsCode = isScheduleTopic(topic) ? undefined : message.tagsCode;
    const expected: Expected = { physicalOffset, sizeBytes, tagsCode, storeTimestamp };
    if (!this.#isElsewhere(topic, queueId)) this.#compare(topic, queueId, queueOffset, expected);
    for (const place of statedPlaces(message.lightNames, message.lightOffsets)) {
      this.#compare(place.name, LIGHT_QUEUE_ID, place.queueOffset, expected);
    }
  }

  /** Says what is wrong; answers the queues and their extensions. */
  judge(log: ScannedLog): { readonly queues: QueueReport[]; readonly extensions: ExtReport[] } {
    const queues = Array.from(this.#probe.all(), (queue) => this.#judgeQueue(queue, log));
    return { queues, extensions: this.#ext.judge() };
  }

  #compare(topic: string, queueId: number, queueOffset: number, expected: Expected): void {
    const queue = this.#probe.find(topic, queueId);
    if (queue === undefined) {
      this.#missing.add(topic, queueId);
      return;
    }
    if (queueOffset <= queue.lastOffset) {
      // The topic was deleted and made again: its older messages belong to no queue.
      queue.missing = 0;
      queue.wrong = 0;
    }
    queue.lastOffset = queueOffset;
    const entry = this.#probe.entryAt(queue, queueOffset);
    if (entry === undefined) {
      queue.missing++;
      return;
    }
    const { physicalOffset, sizeBytes, tagsCode } = expected;
    const isExtended = entry.tagsCode < MIN_TAGS_CODE;
    const sameTags = tagsCode === undefined || isExtended || entry.tagsCode === tagsCode;
    if (entry.physicalOffset === physicalOffset && entry.sizeBytes === sizeBytes && sameTags) {
      queue.matched++;
      if (isExtended) this.#ext.compare(queue, queueOffset, entry.extPlace, expected);
      return;
    }
    queue.wrong++;
    queue.firstWrong ??= `entry ${queueOffset} says ${entry.physicalOffset}+${entry.sizeBytes} tags ${entry.tagsCode}, the log has ${physicalOffset}+${sizeBytes} tags ${tagsCode}`;
  }

  #judgeQueue(queue: ProbedQueue, log: ScannedLog): QueueReport {
    const { directory, problems, abort, thorough } = this.#findings;
    const { topic, queueId, matched, wrong, missing, pointing, empty, firstWrong } = queue;
    const path = `consumequeue/${topic}/${queueId}`;
    const say = (what: string) => problems.add('consumequeue', path, what);
    if (empty > 0) say(`${empty} places between the first and the last entry are empty`);
    if (wrong > 0) say(`${wrong} entries do not fit the log: ${firstWrong}`);
    if (missing > 0 && !abort) say(`${missing} messages of the log have no entry`);
    const lost = pointing - matched - wrong;
    if (thorough && directory.hasLog && lost > 0)
      say(`${lost} entries point to no message between ${log.minOffset} and ${log.endOffset}`);
    const minOffset = Math.max(0, queue.firstOffset);
    return { topic, queueId, minOffset, maxOffset: queue.endOffset, pending: abort ? missing : 0 };
  }
}

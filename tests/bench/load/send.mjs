// Sends with a window of requests in flight on each connection, for a time or for a number of messages.
import { Histogram } from './histogram.mjs';
import { SendTemplate, slotOf } from './messages.mjs';
import { Watch } from './usage.mjs';
import { Connection, numberAfter } from './wire.mjs';

const OPAQUE = Buffer.from('"opaque":');
const CODE = Buffer.from('"code":');
const SUCCESS = 0;
const SYSTEM_BUSY = 2;
const FLOW_CONTROL = 215;
const BUSY_WAIT_MS = 5;
const STALL_MS = 20_000;

/**
 * @typedef {object} SendJob
 * @property {string} broker @property {string} brokerName @property {string} topic @property {number} queues
 * @property {number} connections @property {number} inFlight @property {number} size @property {number} batch
 * @property {number} [seconds] @property {number} [count] @property {readonly number[]} pids
 */

/** What all connections of a run share. */
class Run {
  histogram = new Histogram();
  acknowledged = 0;
  busy = 0;
  open = 0;
  lastAnswer = performance.now();
  /** @type {Error | undefined} */
  failure;

  /** @param {SendJob} job */
  constructor(job) {
    this.job = job;
    this.left = Math.ceil((job.count ?? Number.MAX_SAFE_INTEGER) / job.batch);
    this.end = performance.now() + (job.seconds ?? 3600) * 1000;
  }

  /** Whether one more request is to be sent. */
  next() {
    if (this.left <= 0 || this.failure || performance.now() > this.end) return false;
    this.left--;
    return true;
  }
}

/** One connection with its window. */
class Sender {
  #run;
  #connection;
  #templates;
  #sequence = 0;
  #turn;
  #out;
  #free = [];
  #time = 0;

  constructor(run, connection, producer) {
    const { job } = run;
    this.#run = run;
    this.#connection = connection;
    this.#turn = producer;
    this.#templates = Array.from(
      { length: job.queues },
      (_, queueId) => new SendTemplate({ ...job, queueId, producer }),
    );
    this.#out = this.#templates[0].bytes.length;
    this.sentAt = new Float64Array(job.inFlight);
    this.sequences = new Float64Array(job.inFlight);
    this.queued = new Int32Array(job.inFlight);
    connection.onFrame = (view, headerAt, bodyAt) => this.#answer(view, headerAt, bodyAt);
    connection.onDrained = () => this.#flush();
    connection.socket.on('error', (error) => {
      run.failure ??= error;
    });
    connection.socket.on('close', () => {
      if (run.open > 0) run.failure ??= new Error('the broker closed the connection');
    });
  }

  start() {
    for (let slot = 0; slot < this.sentAt.length; slot++) {
      this.#run.open++;
      this.#free.push(slot);
    }
    this.#flush();
  }

  #answer(view, headerAt, bodyAt) {
    const slot = slotOf(numberAfter(view, OPAQUE, headerAt, bodyAt));
    const code = numberAfter(view, CODE, headerAt, bodyAt);
    const now = performance.now();
    this.#run.lastAnswer = now;
    if (!(this.sentAt[slot] > 0)) {
      this.#run.failure ??= new Error(`an answer to nothing: ${view.toString('utf8', headerAt, bodyAt)}`);
    } else if (code === SUCCESS) {
      this.#run.acknowledged += this.#run.job.batch;
      this.#run.histogram.add((now - this.sentAt[slot]) * 1000);
      this.sentAt[slot] = 0;
      this.#free.push(slot);
    } else if (code === SYSTEM_BUSY || code === FLOW_CONTROL) {
      this.#run.busy++;
      setTimeout(() => this.#connection.socket.write(this.#build([slot], true)), BUSY_WAIT_MS);
    } else {
      this.#run.failure ??= new Error(`refused: ${view.toString('utf8', headerAt, bodyAt)}`);
    }
  }

  /** Sends from every free slot, in one write. */
  #flush() {
    const slots = [];
    for (const slot of this.#free) {
      if (this.#run.next()) slots.push(slot);
      else this.#run.open--;
    }
    this.#free.length = 0;
    if (slots.length > 0) this.#connection.socket.write(this.#build(slots, false));
  }

  #build(slots, again) {
    const nowMs = Date.now();
    if (nowMs !== this.#time) {
      this.#time = nowMs;
      for (const template of this.#templates) template.setTime(nowMs);
    }
    const out = Buffer.allocUnsafe(slots.length * (this.#out + this.#templates.length));
    const now = performance.now();
    let at = 0;
    for (const slot of slots) {
      if (!again) {
        this.sequences[slot] = this.#sequence;
        this.#sequence += this.#run.job.batch;
        this.queued[slot] = this.#turn++ % this.#templates.length;
        this.sentAt[slot] = now;
      }
      at = this.#templates[this.queued[slot]].write(out, at, slot, this.sequences[slot]);
    }
    return out.subarray(0, at);
  }
}

/** @param {SendJob} job */
export async function send(job) {
  const connections = [];
  for (let i = 0; i < job.connections; i++) connections.push(await Connection.open(job.broker, () => {}));
  const watch = new Watch(job.pids);
  const run = new Run(job);
  const start = performance.now();
  const senders = connections.map((connection, producer) => new Sender(run, connection, producer));
  for (const sender of senders) sender.start();
  await finished(run);
  const seconds = (run.lastAnswer - start) / 1000;
  if (run.failure) throw run.failure;
  const usage = await watch.finish(run.acknowledged);
  for (const connection of connections) connection.socket.destroy();
  return {
    messages: run.acknowledged,
    messagesPerSecond: run.acknowledged / seconds,
    p50Us: run.histogram.quantile(0.5),
    p99Us: run.histogram.quantile(0.99),
    busy: run.busy,
    ...usage,
  };
}

function finished(run) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (performance.now() - run.lastAnswer > STALL_MS) run.failure ??= new Error(`${run.open} requests unanswered`);
      if (run.open > 0 && !run.failure) return;
      clearInterval(timer);
      resolve(undefined);
    }, 20);
  });
}

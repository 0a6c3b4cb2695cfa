// Pulls a topic from its first message to its last, one request in flight for each queue, and checks every message.
import { checkStored, Seen } from './messages.mjs';
import { Watch } from './usage.mjs';
import { ask, Connection, frame, numberAfter } from './wire.mjs';

const PULL_MESSAGE = 11;
const GET_MAX_OFFSET = 30;
const BATCH = 32;
const FLAG_SUSPEND = 2;
const FLAG_SUBSCRIPTION = 4;
const FOUND = 0;
const CODE = Buffer.from('"code":');
const OPAQUE = Buffer.from('"opaque":');
const RETRY = new Set([2, 19, 20, 215]);
const STALL_MS = 20_000;

/**
 * @typedef {object} PullJob
 * @property {string} broker @property {string} brokerName @property {string} topic @property {number} queues
 * @property {number} connections @property {readonly number[]} pids
 */

/** @param {PullJob} job @param {number} queueId @param {number} queueOffset */
function request(job, queueId, queueOffset) {
  const extFields = {
    consumerGroup: 'bench-consumer',
    topic: job.topic,
    queueId: String(queueId),
    queueOffset: String(queueOffset),
    maxMsgNums: String(BATCH),
    sysFlag: String(FLAG_SUSPEND | FLAG_SUBSCRIPTION),
    commitOffset: '0',
    suspendTimeoutMillis: '15000',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
    brokerName: job.brokerName,
  };
  return frame({ code: PULL_MESSAGE, extFields, flag: 0, opaque: queueId });
}

async function maxOffset(job, queueId) {
  const extFields = { topic: job.topic, queueId: String(queueId), brokerName: job.brokerName };
  const answer = await ask(job.broker, GET_MAX_OFFSET, extFields);
  if (answer.code !== 0) throw new Error(`no maximum offset: ${answer.remark}`);
  return Number(answer.extFields.offset);
}

/** One queue's progress. */
class Reader {
  offset = 0;

  constructor(job, queueId, end, connection) {
    this.job = job;
    this.queueId = queueId;
    this.end = end;
    this.connection = connection;
  }

  get done() {
    return this.offset >= this.end;
  }

  ask() {
    if (!this.done) this.connection.socket.write(request(this.job, this.queueId, this.offset));
  }

  take(view, headerAt, bodyAt, end, seen) {
    const code = numberAfter(view, CODE, headerAt, bodyAt);
    if (code === FOUND) this.offset += checkStored(view, bodyAt, end, this.offset, seen);
    else if (!RETRY.has(code)) throw new Error(`pull refused: ${view.toString('utf8', headerAt, bodyAt)}`);
    this.ask();
  }
}

/** @param {PullJob} job */
export async function pull(job) {
  const seen = new Seen();
  const ends = [];
  for (let queueId = 0; queueId < job.queues; queueId++) ends.push(await maxOffset(job, queueId));
  const connections = [];
  for (let i = 0; i < job.connections; i++) connections.push(await Connection.open(job.broker, () => {}));
  const readers = ends.map((end, id) => new Reader(job, id, end, connections[id % connections.length]));
  const watch = new Watch(job.pids);
  const start = performance.now();
  const seconds = await readAll(connections, readers, seen, start);
  const usage = await watch.finish(seen.count);
  for (const connection of connections) connection.socket.destroy();
  if (seen.doubled > 0 || seen.missing() > 0) {
    throw new Error(`${seen.doubled} messages came twice, ${seen.missing()} never`);
  }
  return { messages: seen.count, messagesPerSecond: seen.count / seconds, ...usage };
}

/** Settles with the seconds it took when every queue has been read. */
function readAll(connections, readers, seen, start) {
  return new Promise((resolve, reject) => {
    let last = start;
    const stalled = setInterval(() => {
      if (performance.now() - last > STALL_MS) reject(new Error('pulls are not answered'));
    }, 1000);
    const onFrame = (view, headerAt, bodyAt, end) => {
      last = performance.now();
      try {
        readers[numberAfter(view, OPAQUE, headerAt, bodyAt)].take(view, headerAt, bodyAt, end, seen);
      } catch (error) {
        reject(error);
      }
      if (!readers.every((reader) => reader.done)) return;
      clearInterval(stalled);
      resolve((last - start) / 1000);
    };
    for (const connection of connections) {
      connection.onFrame = onFrame;
      connection.socket.on('error', reject);
    }
    for (const reader of readers) reader.ask();
  });
}

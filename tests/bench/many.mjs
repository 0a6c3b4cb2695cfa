// What many topics, queues and connections cost.
import { startJob } from './generator.mjs';
import { KB, newName, send, watchIdle } from './runs.mjs';

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */

const TOPICS = 1000;
const TOPIC_QUEUES = 4;
const IDLE_TOPICS = 1250;
const IDLE_QUEUES = 8;
const IDLE_CONNECTIONS = 2000;
/** As official clients do. */
const HEARTBEAT_MS = 30_000;
const IDLE_WATCH_MS = 30_000;

/** Sends to one topic, then spread over all the queues of a thousand. @param {BenchServer} server @param {number} seconds */
export async function manyTopics(server, seconds) {
  const one = await send(server, { ...KB, seconds });
  const topic = newName();
  await createTopics(server, topic, TOPICS, TOPIC_QUEUES);
  const job = { ...KB, topic, topics: TOPICS, queues: TOPIC_QUEUES, firstPass: true, seconds };
  const many = await send(server, job);
  return {
    ...many,
    oneTopicPerSecond: one.messagesPerSecond,
    oneTopicCpuUs: one.cpuUsPerMessage,
    ofOneTopicPercent: (100 * (many.messagesPerSecond ?? 0)) / (one.messagesPerSecond ?? 0),
  };
}

/** A broker that has much and has nothing to do. @param {BenchServer} server */
export async function manyIdle(server) {
  const topic = newName();
  await createTopics(server, topic, IDLE_TOPICS, IDLE_QUEUES);
  const count = IDLE_TOPICS * IDLE_QUEUES;
  await send(server, {
    topic,
    topics: IDLE_TOPICS,
    queues: IDLE_QUEUES,
    connections: 1,
    inFlight: 64,
    size: 100,
    count,
  });
  const clients = startJob(server, { kind: 'connect', connections: IDLE_CONNECTIONS, heartbeatMs: HEARTBEAT_MS });
  await clients.opened;
  const figures = await watchIdle(server, IDLE_WATCH_MS);
  clients.stop();
  await clients.ended;
  return figures;
}

async function createTopics(server, name, count, queues) {
  for (let i = 0; i < count; i++) await server.createTopic(`${name}_${String(i).padStart(4, '0')}`, queues);
}

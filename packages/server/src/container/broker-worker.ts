// The entry of a thread that runs one broker of a container; see `broker-thread.ts` for the other side.
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { processPorts } from '../ports.js';
import type { Role } from '../process.js';
import { startBroker } from '../roles/broker.js';
import { type BrokerWorkerData, serveBrokerCommands } from './worker-messages.js';

const { plan, definitions } = workerData as BrokerWorkerData;
const ports = processPorts(definitions, { broker: plan.name });
let role: Role | undefined;
let seen = performance.eventLoopUtilization();

if (parentPort === null) throw new Error('this is the thread of a broker: start rocketmq broker-container');
serveBrokerCommands(parentPort, {
  async start() {
    const { configPath: configFile, properties, overrides, decided: commandLine } = plan;
    const broker = await startBroker({ configFile, properties, overrides, commandLine }, ports);
    role = broker;
    return { address: broker.address, endpoints: broker.endpoints };
  },

  async stop() {
    await role?.stop();
    return undefined;
  },

  async load() {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, seen);
    seen = now;
    const { heapUsed, external } = process.memoryUsage();
    return { eventLoopUtilization: utilization, heapUsedBytes: heapUsed, externalBytes: external };
  },
});

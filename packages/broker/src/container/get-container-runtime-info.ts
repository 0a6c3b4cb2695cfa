/** GET_BROKER_RUNTIME_INFO at a container: its brokers with their states, and how busy each thread is. The reference does not answer it there. */
import {
  CURRENT_VERSION,
  GET_BROKER_RUNTIME_INFO,
  KVTable,
  type Processor,
  processor,
  ResponseCode,
  versionName,
} from '@rocketmq-ts/remoting';
import { readableBytes } from '../processor/admin/get-broker-runtime-info.js';
import { Lanes } from '../processor/lanes.js';
import type { InnerBrokerLife } from './inner-broker-life.js';

export interface GetContainerRuntimeInfoParts {
  readonly container: { readonly brokers: Iterable<InnerBrokerLife> };
  readonly startedAtMs: number;
}

/** Keys of a broker are `<cluster>_<name>_<id>.` and what is told of it. */
export function getContainerRuntimeInfo({ container, startedAtMs }: GetContainerRuntimeInfoParts): Processor {
  return processor(GET_BROKER_RUNTIME_INFO, Lanes.ADMIN, async () => {
    const lives = [...container.brokers];
    const figures = await Promise.all(lives.map(figuresOf));
    const table = new Map([
      ['bootTimestamp', String(startedAtMs)],
      ['brokerVersionDesc', versionName(CURRENT_VERSION)],
      ['brokersInContainer', String(lives.length)],
      ...figures.flat(),
    ]);
    return { code: ResponseCode.SUCCESS, body: KVTable.encode({ table }) };
  });
}

async function figuresOf(life: InnerBrokerLife): Promise<[string, string][]> {
  const { plan, state, address, reason } = life;
  const load = await life.load();
  const figures: [string, string][] = [
    ['state', state],
    ['address', address],
    ['configPath', plan.configPath],
  ];
  if (state === 'died') figures.push(['reason', reason]);
  if (load !== undefined) {
    figures.push(['eventLoopUtilization', load.eventLoopUtilization.toFixed(3)]);
    figures.push(['heapUsed', readableBytes(load.heapUsedBytes)], ['external', readableBytes(load.externalBytes)]);
  }
  return figures.map(([key, value]) => [`${plan.name}.${key}`, value]);
}

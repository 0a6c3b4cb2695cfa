import { COMMANDS } from '@rocketmq-ts/remoting';
import { expect, test } from 'vitest';
import type { BrokerContext } from './context.js';
import { brokerProcessors, fastProcessors } from './index.js';
import { NOT_YET } from './not-yet.js';

/** Making the table touches nothing of the context but byte arrays and texts. */
const CONTEXT = {
  config: { regionId: '', traceOn: true, brokerClusterName: '' },
  storeHost: new Uint8Array(8),
} as unknown as BrokerContext;

test('every command of a broker has a processor or stands in the list of those that do not', () => {
  const served = new Set(brokerProcessors(CONTEXT).map(({ command }) => command.code));
  const waiting = new Set(NOT_YET.map(({ code }) => code));
  const forgotten = COMMANDS.filter(
    ({ to, unused, code }) => to.includes('broker') && !unused && !served.has(code) && !waiting.has(code),
  );
  expect(forgotten.map(({ name }) => name)).toEqual([]);
  expect([...waiting].filter((code) => served.has(code))).toEqual([]);
});

test('the fast port has all commands but those that wait for messages', () => {
  const fast = new Set(fastProcessors(CONTEXT).map(({ command }) => command.code));
  const onlyMain = brokerProcessors(CONTEXT).filter(({ command }) => !fast.has(command.code));
  expect(onlyMain.map(({ command }) => command.name)).toEqual(['PULL_MESSAGE', 'LITE_PULL_MESSAGE']);
});

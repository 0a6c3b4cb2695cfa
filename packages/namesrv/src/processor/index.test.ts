import { COMMANDS } from '@rocketmq-ts/remoting';
import { expect, test } from 'vitest';
import type { NamesrvContext } from './context.js';
import { namesrvProcessors } from './index.js';

test('every command of the name server has a processor', () => {
  const names = namesrvProcessors({} as NamesrvContext).map((one) => one.command.name);
  const declared = COMMANDS.filter((command) => command.to.includes('namesrv') && !command.unused).map(
    ({ name }) => name,
  );
  expect(names.sort()).toEqual(declared.sort());
});

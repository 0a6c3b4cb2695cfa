import { expect, test } from 'vitest';
import { type LogFields, type Logger, silentLogger } from './logger.js';
import { ThrottledLogger } from './throttled-logger.js';

test('a message has so many lines in a second, others have theirs, and what was left out is counted', () => {
  const lines: [string, LogFields | undefined][] = [];
  const inner: Logger = { ...silentLogger, warn: (message, fields) => lines.push([message, fields]) };
  let nowMs = 5;
  const logger = new ThrottledLogger(inner, () => nowMs, 2);
  for (let i = 0; i < 7; i++) logger.warn('bad frame', { i });
  logger.warn('other');
  expect(lines).toEqual([
    ['bad frame', { i: 0 }],
    ['bad frame', { i: 1 }],
    ['other', undefined],
  ]);
  nowMs += 1000;
  for (let i = 7; i < 10; i++) logger.warn('bad frame', { i });
  expect(lines.slice(3)).toEqual([
    ['bad frame', { i: 7, leftOut: 5 }],
    ['bad frame', { i: 8 }],
  ]);
});

/** Delayed messages of any duration. */
import { defineCommand, defineHeader, type Header, optional } from '../header-schema.js';

export const GET_TIMER_CHECK_POINT = defineCommand({
  code: 60,
  name: 'GET_TIMER_CHECK_POINT',
  to: ['broker'],
  doc: 'Hands out the checkpoint of the timer; slaves copy it.',
});

export const GET_TIMER_METRICS = defineCommand({
  code: 61,
  name: 'GET_TIMER_METRICS',
  to: ['broker'],
  doc: 'Hands out how many delayed messages each topic has; slaves copy it.',
});

export const SwitchTimerEngineRequestHeader = defineHeader('SwitchTimerEngineRequestHeader', {
  engineType: optional('string', { wire: 'E_T', doc: '`F` the time wheel in files, `R` the RocksDB timeline.' }),
});
export type SwitchTimerEngineRequestHeader = Header<typeof SwitchTimerEngineRequestHeader>;

export const SWITCH_TIMER_ENGINE = defineCommand({
  code: 5001,
  name: 'SWITCH_TIMER_ENGINE',
  to: ['broker'],
  request: SwitchTimerEngineRequestHeader,
  doc: 'Switches the timer between its file store and RocksDB.',
});

/** Printing and changing the settings of servers. */
import { requiredText } from '../cli/option-declaration.js';
import type { Output } from '../cli/output.js';

/** The options that name one setting. */
export const oneSetting = {
  key: requiredText('k', 'key', 'Name of the setting'),
  value: requiredText('v', 'value', 'Its new value'),
};

/** One line per setting; values are other people's, but only those who may read settings get here. */
export function printSettings(out: Output, settings: ReadonlyMap<string, string>): void {
  for (const [key, value] of settings) out.line('%-50s=  %s', key, value);
}

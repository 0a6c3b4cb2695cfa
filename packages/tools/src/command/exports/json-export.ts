/** Writing an export: into the directory that was named, and nowhere else. */
import { type WritableJson, writeJson } from '@rocketmq-ts/common';
import { text } from '../../cli/option-declaration.js';
import type { CommandContext } from '../command.js';

/** Where the reference's exports go when nothing is named. */
const DEFAULT_DIRECTORY = '/tmp/rocketmq/export';

/** Spread into the options of an export. */
export const exportDirectory = {
  filePath: text('f', 'filePath', `Directory to write to (default ${DEFAULT_DIRECTORY})`),
};

/** Writes one JSON file, over an older one if there is any; it is there whole or not at all. */
export function writeExport(
  { files, out }: CommandContext,
  { directory = DEFAULT_DIRECTORY, name }: { readonly directory?: string | undefined; readonly name: string },
  value: WritableJson,
): void {
  const path = `${directory}/${name}`;
  const bytes = Buffer.from(writeJson(value, { pretty: true }));
  files.mkdirSync(directory);
  const temporary = `${path}.tmp`;
  files.unlinkSync(temporary);
  const handle = files.openSync(temporary, 'create');
  try {
    handle.writeSync(bytes, 0, bytes.length, 0);
  } finally {
    handle.closeSync();
  }
  files.renameSync(temporary, path);
  out.report({ path }, 'export %s success', path);
}

/** `rocketmq admin …` and `mqadmin …`: administration from the command line. */
import { mqadmin } from '@rocketmq-ts/tools';
import { processPorts } from '../ports.js';

/** Runs one command of mqadmin; gives the exit code. @param definitions `-Dname=value` words */
export async function admin(words: readonly string[], definitions: readonly string[]): Promise<number> {
  return mqadmin(words, {
    ...processPorts(definitions),
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}

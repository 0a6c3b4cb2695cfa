/** `rocketmq admin …` and `mqadmin …`: administration from the command line. */
import { mqadmin } from '@rocketmq-ts/tools';
import { processPorts } from '../ports.js';

/**
 * Runs one command of mqadmin; gives the exit code.
 *
 * @param definitions `-Dname=value` words
 */
export async function admin(words: readonly string[], definitions: readonly string[]): Promise<number> {
  endWithReader();
  return mqadmin(words, {
    ...processPorts(definitions),
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}

/** Whoever reads our output may have seen enough, as `head` does: then there is nothing left to do. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

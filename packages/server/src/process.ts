/** What a server process does around its role: announces that it is ready, stops on a signal, and fails with one clear line. */
import type { Logger } from '@rocketmq-ts/common';

/** Something that runs until it is stopped. */
export interface Role {
  /** In words, for the ready line: the addresses that answer. */
  readonly endpoints: string;
  stop(): Promise<void>;
}

/**
 * Starts a role, prints `ready in N ms …` (N counted from the start of the
 * process) on the standard output, and runs until SIGINT or SIGTERM; the exit
 * code is then 0. A failure to start is one line on the standard error, exit 1.
 */
export async function runRole(name: string, logger: Logger, start: () => Promise<Role>): Promise<void> {
  let role: Role;
  try {
    role = await start();
  } catch (error) {
    fail(name, error);
    return;
  }
  const stop = stopOnce(name, logger, role);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Last: whoever reads it may send a signal at once.
  process.stdout.write(`ready in ${Math.round(process.uptime() * 1000)} ms: ${name} on ${role.endpoints}\n`);
}

function stopOnce(name: string, logger: Logger, role: Role): () => void {
  let stopping = false;
  return () => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { role: name });
    role.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('stop failed', { role: name, error });
        process.exit(1);
      },
    );
  };
}

/** One line on the standard error, and exit code 1. */
export function fail(name: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`rocketmq ${name}: ${text}\n`);
  process.exitCode = 1;
  // Handles of a role that started halfway must not keep the process alive.
  process.exit(1);
}

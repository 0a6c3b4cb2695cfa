/** Doing the same at several places: one that fails does not keep the others from their turn. */
import type { CommandContext, ExitCode } from './command.js';

/** Tries every target; failures are reported, and make the exit code 1. */
export async function eachTarget(
  { out }: Pick<CommandContext, 'out'>,
  targets: readonly string[],
  action: (target: string) => Promise<void>,
): Promise<ExitCode> {
  let failed = false;
  for (const target of targets) {
    try {
      await action(target);
    } catch (error) {
      if (!(error instanceof Error) || targets.length === 1) throw error;
      failed = true;
      out.report({ target, error: error.message }, '%s failed: %s', target, error.message);
    }
  }
  return failed ? 1 : undefined;
}

// The load generator's process: one job as JSON in its argument, its result as JSON on stdout.
import { pull } from './pull.mjs';
import { send } from './send.mjs';

const kinds = { send, pull };
const job = JSON.parse(process.argv[2] ?? '{}');

try {
  const result = await kinds[job.kind](job);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`, () => process.exit(1));
}

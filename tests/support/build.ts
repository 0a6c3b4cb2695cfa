// Before tests that run the commands: builds what is not built or has changed, so that they judge the sources as they are.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Each project of the tests has its own copy of this module, so that only the process can remember. */
const DONE = 'ROCKETMQ_TESTS_BUILT';

/** Builds once per run of the tests, for whichever project asks first; throws what the build printed when it fails. */
export default function build(): void {
  if (process.env[DONE] !== undefined) return;
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
  process.env[DONE] = 'yes';
}

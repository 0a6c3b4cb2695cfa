// Finds Java and Maven, and builds the judge and the reference servers' class paths once for each version of them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../java', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/rocketmq-judge', import.meta.url));
const BUILD_TIMEOUT_MS = 170_000;

/** The versions of the Apache clients that judge us. */
export const CLIENT_5 = '5.5.0';
export const CLIENT_4 = '4.9.8';
/** The version of the Apache servers that we are compared with. */
export const REFERENCE = '5.5.0';
/** The newest servers of the line before: 4.9.8 was published as a client only. */
export const REFERENCE_4 = '4.9.7';

function answers(command: string, flag: string): boolean {
  return spawnSync(command, [flag], { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

/** Why the suites cannot run here, or undefined when they can. */
export const missing: string | undefined = ['java', 'mvn'].find((tool) => !answers(tool, '-version'));

/** The class path of the judge, compiled against this version of the clients. */
export function judgeClassPath(version: string): string {
  const directory = build(`judge-${version}`, ['compile'], [`-Drocketmq.version=${version}`]);
  return `${join(directory, 'classes')}:${join(directory, 'lib')}/*`;
}

/** The class path of the Java name server and broker. */
export function referenceClassPath(version: string): string {
  const options = ['-Pservers', `-Drocketmq.version=${version}`];
  const directory = build(`servers-${version}`, [], options, (path) => path === 'pom.xml');
  return `${join(directory, 'lib')}/*`;
}

function build(
  name: string,
  goals: readonly string[],
  options: readonly string[],
  isInput: (path: string) => boolean = () => true,
): string {
  const target = join(CACHE, `${name}-${fingerprint(isInput)}`);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const args = ['-q', '-B', '-f', join(PROJECT, 'pom.xml'), ...goals, 'dependency:copy-dependencies'];
  args.push('-DincludeScope=runtime', `-DoutputDirectory=${join(partial, 'lib')}`, `-Djudge.build=${partial}`);
  const mvn = spawnSync('mvn', [...args, ...options], { encoding: 'utf8', timeout: BUILD_TIMEOUT_MS });
  if (mvn.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(`mvn could not build ${name}: ${mvn.error ?? ''}\n${mvn.stdout}\n${mvn.stderr}`);
  }
  renameSync(partial, target);
  return target;
}

/** A hash of what is made of the Maven project, so that a change of it builds anew. */
function fingerprint(isInput: (path: string) => boolean): string {
  const hash = createHash('sha256');
  const files = readdirSync(PROJECT, { recursive: true, encoding: 'utf8' }).filter(isInput);
  for (const file of files.filter((path) => path.endsWith('.java') || path === 'pom.xml').sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(PROJECT, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

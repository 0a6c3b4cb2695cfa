// The order of test files: the longest first, so that the end of a run is not one worker with one long file.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute and more, the longest first. */
const LONG = [
  'compat/store',
  'compat/timer',
  'compat/client-5-binary',
  'compat/client-5',
  'compat/special-stores',
  'compat/typescript-client',
  'compat/typescript-client-ours',
  'compat/registration',
  'compat/typescript-client-4',
  'compat/queue-kinds',
  'e2e/hostile-network',
].map((name) => `/tests/${name}.test.ts`);

function rank({ moduleId }: TestSpecification): number {
  const index = LONG.findIndex((name) => moduleId.endsWith(name));
  return index < 0 ? LONG.length : index;
}

/** Vitest's own order, which knows durations only of runs before on this machine, with the long files in front. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

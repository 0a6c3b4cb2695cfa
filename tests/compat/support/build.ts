// Before all compat suites: what they share is built once, so that suites that run side by side find it.
import { CLIENT_4, CLIENT_5, judgeClassPath, missing, REFERENCE, REFERENCE_4, referenceClassPath } from './java.js';

export default function setup(): void {
  if (missing !== undefined) return;
  for (const version of [CLIENT_5, CLIENT_4]) judgeClassPath(version);
  for (const version of [REFERENCE, REFERENCE_4]) referenceClassPath(version);
}

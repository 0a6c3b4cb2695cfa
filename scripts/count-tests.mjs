// Sums up a report of vitest's JSON reporter (`count-tests.mjs REPORT EXIT_STATUS`): the failures, and what passed only
// when it was tried again, each with what every attempt failed of; then one line `N passed, N failed, N skipped`.
// Exits with 1 when anything failed.
import { readFileSync } from 'node:fs';

const [path, exitStatus = '0'] = process.argv.slice(2);
const report = JSON.parse(readFileSync(path, 'utf8'));
/** Characters of a message that are printed. */
const MAX_REASON = 1000;
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of report.testResults) {
  for (const { status, fullName, failureMessages } of file.assertionResults) {
    const outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
    counts[outcome]++;
    const reasons = failureMessages
      .map((message) => `\n  ${message.slice(0, MAX_REASON).replaceAll('\n', '\n  ')}`)
      .join('');
    if (outcome === 'failed') console.log(`FAILED ${file.name}: ${fullName}${reasons}`);
    else if (reasons !== '') console.log(`PASSED WHEN TRIED AGAIN ${file.name}: ${fullName}${reasons}`);
  }
  // A file that cannot even be loaded has no tests to count.
  if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
    counts.failed++;
    console.log(`FAILED ${file.name}: ${file.message}`);
  }
}
// Errors outside of any test (an unhandled rejection) make the run fail without a failed test.
if ((!report.success || exitStatus !== '0') && counts.failed === 0) {
  counts.failed = 1;
  console.log(`FAILED outside of the tests: vitest ended with status ${exitStatus}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

import { createHash } from 'node:crypto';
import { findingsOf } from './findings.js';
import type { ParityReport } from './parity-report.js';

/** Where a finding stands that no file is known for: GitLab shows none without a file. */
const NO_FILE = 'package.json';

/** What differs in the form of GitLab's code quality reports, which is that of Code Climate. */
export function renderCodequality(report: ParityReport): string {
  const issues = findingsOf(report).map(({ title, message, key, file = NO_FILE }) => ({
    description: `${title}: ${message.replaceAll('\n', ' ')}`,
    check_name: 'parity',
    fingerprint: createHash('sha256').update(key).digest('hex'),
    severity: 'major',
    location: { path: file, lines: { begin: 1 } },
  }));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

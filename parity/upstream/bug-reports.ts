import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { readRequirements } from '../../src/python/requirements.js';
import { type Quirk, QUIRKS } from '../quirks.js';
import { FAULTS } from './faults.js';

export interface BugReport {
  readonly quirk: Quirk;
  /** Self-contained Python, for torch and sentence-transformers alone. */
  readonly program: string;
  /** What it prints with the pinned versions. */
  readonly output: readonly string[];
  readonly markdown: string;
}

/** A report for every quirk that is a fault of the reference, in the order of the ledger. */
export function bugReports(): BugReport[] {
  return QUIRKS.flatMap((quirk) => {
    const fault = FAULTS[quirk.id];
    if (fault === undefined) return [];
    const file = join(packageRoot(), 'parity', 'upstream', `${quirk.check}.py`);
    const program = readFileSync(file, 'utf8');
    const markdown = `${[
      `# ${fault.title}`,
      '',
      'Report for <https://github.com/huggingface/sentence-transformers/issues>. Not filed yet.',
      '',
      `With ${versions()}. ${quirk.reference}`,
      '',
      '## To reproduce',
      '',
      '```python',
      program.trimEnd(),
      '```',
      '',
      'It prints:',
      '',
      '```',
      ...fault.output,
      '```',
      '',
      '## Why that value is expected',
      '',
      fault.derivation,
    ].join('\n')}\n`;
    return [{ quirk, program, output: fault.output, markdown }];
  });
}

const versions = (): string =>
  readRequirements()
    .filter(({ name }) => name === 'sentence-transformers' || name === 'torch')
    .map(({ name, version }) => `${name} ${version}`)
    .join(' and ');

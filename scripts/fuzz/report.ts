import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../src/counted.js';
import { inputOf } from './mutate.js';
import type { Finding } from './run.js';
import type { FuzzTarget } from './target.js';

export const FINDINGS_FOLDER = 'fuzz-findings';

export interface TargetResult {
  readonly target: string;
  readonly runs: number;
  readonly seconds: number;
  readonly findings: readonly (Finding & { readonly file: string })[];
}

/** Writes the input of a finding and returns its path. */
export function saveInput(target: FuzzTarget, { seed, run }: Finding, folder = FINDINGS_FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target.name}-${seed}-${run}.bin`);
  writeFileSync(`${file}.tmp`, inputOf(target, target.seeds(), seed, run));
  renameSync(`${file}.tmp`, file);
  return file;
}

export function renderText(seed: number, results: readonly TargetResult[]): string {
  const lines = results.flatMap(({ target, runs, seconds, findings }) => [
    `${target}: ${runs} runs in ${seconds.toFixed(1)} s (${Math.round(runs / seconds)} per second), ${count(findings.length)}`,
    ...findings.map(
      ({ run, file, what }) =>
        `  run ${run} of seed ${seed}, saved as ${file}:\n    ${what.replaceAll('\n', '\n    ')}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

export function renderJson(seed: number, results: readonly TargetResult[]): string {
  return `${JSON.stringify({ seed, targets: results }, undefined, 2)}\n`;
}

function count(findings: number): string {
  return findings === 0 ? 'nothing found' : counted(findings, 'finding');
}

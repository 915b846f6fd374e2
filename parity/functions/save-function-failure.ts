import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { writeWhole } from '../report/report-files.js';
import { storeFunctionCase } from './function-case-file.js';
import type { FunctionFailure } from './judge-target.js';
import type { PreparedTarget } from './prepared.js';
import { pytestSnippet, vitestSnippet } from './snippets.js';

/**
 * Saves a failing case: the case itself for `replay`, and beside it a vitest and a pytest snippet for a bug report. A
 * case of the same name from an earlier run is replaced.
 *
 * @returns the path of the case, relative to the present folder
 */
export async function saveFunctionFailure(
  failure: FunctionFailure,
  { reference, target }: PreparedTarget,
  given: {
    readonly seed: number;
    readonly config: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly folder: string;
  },
): Promise<string> {
  const { seed, config, versions, folder } = given;
  await mkdir(folder, { recursive: true });
  const stem = join(folder, failure.path.split(':')[0]?.replaceAll(/[^\w-]+/g, '-') ?? 'case');
  const file = `${stem}.case.json`;
  const from = relative(dirname(resolve(file)), config);
  const stored = storeFunctionCase(failure, { seed, config: from, reference, versions });
  writeWhole(file, `${JSON.stringify(stored, null, 2)}\n`);
  const place = {
    config: from.startsWith('.') ? from : `./${from}`,
    file: basename(file),
    isFunction: typeof target.ours === 'function',
  };
  writeWhole(`${stem}.vitest.ts`, vitestSnippet(failure, reference, place));
  writeWhole(`${stem}.pytest.py`, pytestSnippet(failure, reference, place));
  return relative('.', file);
}

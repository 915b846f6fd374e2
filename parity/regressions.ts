import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CaseFileError, type JudgedCase, loadCase, storeCase } from './case-file.js';
import { packageRoot } from './package-root.js';
import type { PlannedCase } from './plan.js';
import { type Cell, cellName } from './suite.js';

/** Where failures of a port go, below the working directory. */
export const PORT_REGRESSIONS = 'parity-regressions';

/** In a checkout the project's own folder, in an installed package one beside the user's work. */
export function regressionsFolder(): string {
  const root = packageRoot();
  return root.split(sep).includes('node_modules') ? PORT_REGRESSIONS : join(root, 'fixtures', 'regressions');
}

/** Writes a failing case, complete in itself, and returns its file. */
export function saveRegression(path: string, judged: JudgedCase, folder = regressionsFolder()): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${path.replaceAll(/[^A-Za-z0-9]+/g, '-')}.json`);
  writeFileSync(`${file}.part`, `${JSON.stringify(storeCase(judged))}\n`);
  renameSync(`${file}.part`, file);
  return file;
}

/** Reads one case file. Throws a CaseFileError that names the file and the place of what is wrong. */
export function readRegression(file: string): JudgedCase {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CaseFileError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return loadCase(value, file);
}

/** The saved cases of a cell: every later run judges them again. */
export function planRegressions(
  cell: Cell,
  folder = regressionsFolder(),
): (PlannedCase & { judged: JudgedCase })[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return files
    .toSorted()
    .map((name) => ({ name, judged: readRegression(join(folder, name)) }))
    .filter(({ judged }) => belongs(judged, cell))
    .map(({ name, judged }) => ({ path: `${cellName(cell)}#regression ${name}`, case: judged.case, judged }));
}

function belongs({ case: one }: JudgedCase, { loss, wrapper, format }: Cell): boolean {
  return one.loss === loss && one.wrapper === wrapper && one.format === format.id;
}

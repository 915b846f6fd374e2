import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, sep } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../src/package-root.js';
import { type JudgedCase, loadCase, storeCase } from './case-file.js';
import { type Origin, originSchema } from './origin.js';
import type { PlannedCase } from './plan.js';
import { CaseFileError } from './stored-legs.js';
import { type Cell, cellName } from './suite.js';

/** A judged case with its origin, as in its file. */
export interface SavedCase extends JudgedCase {
  readonly origin: Origin;
}

/** The folder for failures of a checkout's own code; undefined in an installed package, which has no such folder. */
export function regressionsFolder(): string | undefined {
  const root = packageRoot();
  return root.split(sep).includes('node_modules') ? undefined : join(root, 'fixtures', 'regressions');
}

/** Writes a failing case with everything it needs, and returns its file. */
export function saveRegression(path: string, judged: JudgedCase, origin: Origin, folder: string): string {
  mkdirSync(folder, { recursive: true });
  // A case may fail on several engines in one run.
  const name = origin.backend === 'cpu' ? path : `${path} ${origin.backend}`;
  const file = join(folder, `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}.json`);
  writeFileSync(`${file}.part`, `${JSON.stringify({ origin, ...storeCase(judged) })}\n`);
  renameSync(`${file}.part`, file);
  return file;
}

/** Reads one case file. Throws a CaseFileError that names the file and the position of the fault. */
export function readRegression(file: string): SavedCase {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CaseFileError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = z.looseObject({ origin: originSchema }).safeParse(value);
  if (!parsed.success) {
    throw new CaseFileError(`${file} is not a parity case:\n${z.prettifyError(parsed.error)}`);
  }
  const { origin, ...judged } = parsed.data;
  return { ...loadCase(judged, file), origin };
}

/** The case files of a folder, or the single file. Throws a CaseFileError if there is none. */
export function caseFiles(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const files = filesIn(path);
  if (files.length === 0) throw new CaseFileError(`${path} holds no case files`);
  return files;
}

function filesIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.toSorted().map((name) => join(folder, name));
}

/** The saved cases of a cell: every later run judges them again. */
export function planRegressions(
  cell: Cell,
  folder = regressionsFolder(),
): (PlannedCase & { judged: JudgedCase })[] {
  return (folder === undefined ? [] : filesIn(folder))
    .map((file) => ({ file, judged: readRegression(file) }))
    .filter(({ judged }) => belongs(judged, cell))
    .map(({ file, judged }) => ({
      path: `${cellName(cell)}#regression ${basename(file)}`,
      case: judged.case,
      judged,
    }));
}

function belongs({ case: one }: JudgedCase, { loss, wrapper, format }: Cell): boolean {
  return one.loss === loss && one.wrapper === wrapper && one.format === format.id;
}

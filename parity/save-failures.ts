import type { ParityOptions } from './command.js';
import { type Implementation, OURS } from './implementation.js';
import type { Origin } from './origin.js';
import { regressionsFolder, saveRegression } from './regressions.js';
import type { CellResult } from './run-suite.js';
import { shrinkFailure } from './shrink.js';
import type { Source } from './source.js';
import { suiteCells } from './suite.js';

/** The most failures that are shrunk and saved; a broken loss fails in hundreds of cases. */
const MOST_SAVED = 5;

export interface SavedFailures {
  /** The results, with shrunk failures in place of the original ones. */
  readonly shown: readonly CellResult[];
  /** Files, by the path of the case. */
  readonly saved: ReadonlyMap<string, string>;
}

/** Shrinks the first failure of the first cells that have one, and saves it if there is a folder for it. */
export async function saveFailures(
  results: readonly CellResult[],
  run: {
    readonly options: ParityOptions;
    readonly implementation: Implementation;
    readonly origin: Origin;
    /** Where the results come from. */
    readonly source: Pick<Source, 'judge' | 'isPinned'>;
  },
): Promise<SavedFailures> {
  const { options, implementation, origin, source } = run;
  const folder =
    options.save ?? (isRegression(origin, implementation, source) ? regressionsFolder() : undefined);
  const saved = new Map<string, string>();
  const shown: CellResult[] = [];
  let shrunk = 0;
  for (const result of results) {
    const [first, ...rest] = result.failures;
    if (first === undefined || options.replay !== undefined || shrunk >= MOST_SAVED) {
      shown.push(result);
      continue;
    }
    shrunk += 1;
    const generated = !first.path.includes('#regression ') && !first.path.endsWith('#real-text');
    const smallest =
      generated && !options.golden
        ? await shrinkFailure(first, options.seed, suiteCells(), source.judge, implementation)
        : first;
    if (folder !== undefined) {
      saved.set(smallest.path, saveRegression(smallest.path, smallest.judged, origin, folder));
    }
    shown.push({ ...result, failures: [smallest, ...rest] });
  }
  return { shown, saved };
}

/** Faults of a port, of TensorFlow's kernels or of another reference are not regressions of this package. */
function isRegression(
  { backend }: Origin,
  implementation: Implementation,
  { isPinned }: Pick<Source, 'isPinned'>,
): boolean {
  return implementation === OURS && backend !== 'tensorflow' && isPinned;
}

import { UsageError } from '../../errors.js';
import { untraced } from '../origin.js';
import type { Sizes } from './expression.js';
import { generalize, type Generalized, SizeError, type SizedRecording } from './generalize.js';
import { trialSizes } from './trial-sizes.js';

let isRecording = false;

/** Whether what is recorded now has to stand for other sizes, too. */
export function standsForAllSizes(): boolean {
  return isRecording;
}

type Names = readonly (readonly (string | null)[])[];

/**
 * One graph for every size of the named dimensions, of what `record` records at sizes that it is given. The recordings are
 * at the sizes that served.
 *
 * @throws SizeError where what is recorded depends on a size in another way than by its shapes
 * @throws UsageError where it cannot be recorded at other sizes than those of the call
 */
export function atTrialSizes<Recording extends SizedRecording>(
  names: Names,
  record: (sizes: Sizes) => Recording,
): Generalized & { readonly recordings: readonly [Recording, ...Recording[]] } {
  const failures: unknown[] = [];
  for (const [first, ...others] of trialSizes(names)) {
    try {
      const recordings = forAllSizes(
        () => [record(first), ...others.map((sizes) => untraced(() => record(sizes)))] as const,
      );
      return { recordings, ...generalize(recordings, names) };
    } catch (error) {
      failures.push(error);
    }
  }
  // What depends on a size is named with its line; what the function itself throws is about sizes of no call.
  throw failures.find((failure) => failure instanceof SizeError) ?? refusesSizes(names, failures[0]);
}

function forAllSizes<T>(run: () => T): T {
  const outer = isRecording;
  isRecording = true;
  try {
    return run();
  } finally {
    isRecording = outer;
  }
}

function refusesSizes(names: Names, cause: unknown): UsageError {
  const named = [...new Set(names.flat())].filter((name) => name !== null).join(', ');
  const what = cause instanceof Error ? cause.name : 'something';
  return new UsageError(
    `\`dimensions\` makes one program for all sizes of ${named}: the function ran at the sizes of this call, but threw ` +
      `${what} at others that were tried (\`cause\` holds it). Name only dimensions of which it takes all sizes`,
    { cause },
  );
}

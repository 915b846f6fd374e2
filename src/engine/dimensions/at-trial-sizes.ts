import { UsageError } from '../../errors.js';
import { untraced } from '../origin.js';
import type { Sizes } from './expression.js';
import { generalize, type Generalized, SizeError, type SizedRecording } from './generalize.js';
import { trialSizes } from './trial-sizes.js';

let isRecording = false;

/** Whether the present recording has to stand for other sizes, too. */
export function standsForAllSizes(): boolean {
  return isRecording;
}

type Names = readonly (readonly (string | null)[])[];

/**
 * One graph for every size of the named dimensions. `record` records the function at given sizes; this combines several
 * recordings and returns those that it used.
 *
 * @throws SizeError if the graph depends on a size in another way than through shapes
 * @throws UsageError if the function can only be recorded at the sizes of the call
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
  // A SizeError names the operation and its line. An error of the function itself is about sizes that no call has.
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
      `${what} at other sizes (\`cause\` holds the error). Name only dimensions for which it accepts every size`,
    { cause },
  );
}

import { REASONS, type Excuse } from './excused.js';
import type { Failure, Refusal, SpecResult } from './protocol.js';

export type Outcome = 'passed' | 'failed' | 'unsupported' | 'excused';

export interface Verdict {
  outcome: Outcome;
  /** Kernels without which the spec is unsupported. */
  kernels: string[];
  /** The excuse that names this spec, whether or not it was accepted. */
  excuse: Excuse | undefined;
}

/** The engine throws the first for kernels that tfjs names, tfjs the second for all others. */
const UNSUPPORTED = /UnsupportedKernelError|Kernel '\w+' not registered for backend/;

/**
 * A spec is unsupported or excused only if that explains all its failures: a wrong number before the missing
 * kernel is a failed spec. One that expects an error and passes because of a missing kernel has shown nothing.
 */
export function judge(result: SpecResult, excuses: readonly Excuse[]): Verdict {
  const { file, name, failures, refusals } = result;
  const excuse = excuses.find((row) => row.file === file && row.pattern.test(name));
  const verdict = (outcome: Outcome, kernels: string[] = []): Verdict => ({ outcome, kernels, excuse });

  if (excuse !== undefined && failures.length > 0) {
    const expected = REASONS[excuse.reason];
    if (failures.every(({ message }) => expected.test(message))) return verdict('excused');
  }
  if (failures.every((failure) => isUnsupported(failure, refusals))) {
    const kernels = [...refusals.map(({ kernel }) => kernel), ...failures.map(kernelOf)];
    if (kernels.length > 0) return verdict('unsupported', [...new Set(kernels)]);
  }
  return verdict(failures.length === 0 ? 'passed' : 'failed');
}

/** A spec that expects another error quotes only the message of the one it got. */
function isUnsupported(failure: Failure, refusals: readonly Refusal[]): boolean {
  return (
    UNSUPPORTED.test(failure.message) || refusals.some(({ message }) => failure.message.includes(message))
  );
}

/** jasmine prints an error's own properties at the top of its stack. */
function kernelOf({ message, stack }: Failure): string {
  const found = /\bkernel: '(\w+)'/.exec(stack) ?? /\bkernel '?(\w+)/i.exec(message);
  return found?.[1] ?? 'unknown';
}

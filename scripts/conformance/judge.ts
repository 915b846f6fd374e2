import type { Excuse, Excuses } from './excused.js';
import type { Failure, Refusal, SpecResult } from './protocol.js';

export type Outcome = 'passed' | 'failed' | 'unsupported' | 'excused';

export interface Verdict {
  outcome: Outcome;
  /** Kernels that the spec needs and the backend refused. */
  kernels: string[];
  /** The row that names this spec, whether or not it was accepted. */
  excuse: Excuse | undefined;
  /** The reason of the excuse. */
  reason?: string;
}

/** The engine throws the first for kernels that tfjs names, and tfjs the second for all others. */
const UNSUPPORTED = /UnsupportedKernelError|Kernel '\w+' not registered for backend/;

/**
 * A spec is unsupported or excused only if that explains all its failures: a wrong number before the missing kernel
 * makes it a failed spec. A spec that expects an error and passes because of a missing kernel has shown nothing.
 */
export function judge(result: SpecResult, excuses: Excuses): Verdict {
  const { file, name, failures, refusals } = result;
  const excuse = excuses.specs.find((row) => row.file === file && row.pattern.test(name));

  if (excuse !== undefined && failures.length > 0) {
    const { error, reason } = excuse;
    if (failures.every(({ message }) => error.test(message))) {
      return { outcome: 'excused', kernels: [], excuse, reason };
    }
  }
  if (failures.every((failure) => isUnsupported(failure, refusals))) {
    const kernels = [...new Set([...refusals.map(({ kernel }) => kernel), ...failures.map(kernelOf)])];
    const reasons = [...new Set(kernels.map((kernel) => excuses.kernels[kernel]))];
    if (kernels.length > 0) {
      return reasons.includes(undefined)
        ? { outcome: 'unsupported', kernels, excuse }
        : { outcome: 'excused', kernels, excuse, reason: reasons.join(', ') };
    }
  }
  return { outcome: failures.length === 0 ? 'passed' : 'failed', kernels: [], excuse };
}

/** A spec that expects another error quotes only the message of the error that it got. */
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

/** A matcher for vitest: `await expect(fn).toMatchPython('module:function', { inputs })`. */
import { expect } from 'vitest';
import type { FunctionResult } from './functions/define.js';
import type { Drawn, InputSpecs } from './functions/input-spec.js';
import { type PythonMatch, matchPython, stopPython } from './functions/match-python.js';

export { stopPython };

declare module 'vitest' {
  interface Matchers<T> {
    /**
     * Compares a function with its Python reference on generated cases, value by value and gradient by gradient. The
     * message of a failure is the smallest failing case.
     *
     * @param reference `module:function`, or a reference with more settings
     */
    toMatchPython<const Inputs extends InputSpecs>(
      reference: T extends (inputs: Drawn<Inputs>) => FunctionResult
        ? PythonMatch<Inputs>['reference']
        : never,
      options: Omit<PythonMatch<Inputs>, 'reference'>,
    ): Promise<void>;
  }
}

/**
 * The matcher. Importing this module adds it to vitest's `expect`.
 *
 * @example
 *   import 'sparse-encoder/parity/vitest';
 *
 *   it('is torch's huber_loss', async () => {
 *     await expect(huber).toMatchPython('torch.nn.functional:huber_loss', { inputs, gradients: true });
 *   });
 */
export async function toMatchPython(
  ours: (inputs: never) => FunctionResult,
  reference: PythonMatch['reference'],
  options: Omit<PythonMatch, 'reference'>,
): Promise<{ pass: boolean; message: () => string }> {
  const found = await matchPython(ours, { ...options, reference });
  return {
    pass: found === undefined,
    message: () => found ?? 'the function equals its reference in every case',
  };
}

expect.extend({ toMatchPython });

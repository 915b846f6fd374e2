import { resolve } from 'node:path';
import { setEngine, UsageError } from '../../src/index.js';
import type { RestartingReference } from '../restarting-reference.js';
import { explainFailure } from './causes.js';
import { checkTarget, targetName } from './check-config.js';
import type { FunctionResult, ParityConfig, Target } from './define.js';
import { fullRules } from './draw.js';
import { inputsOf, notCompared } from './function-report.js';
import type { InputSpecs } from './input-spec.js';
import { judgeTarget, type TargetResult } from './judge-target.js';
import { openReference } from './open-reference.js';
import { planTarget } from './plan-functions.js';
import { prepareTarget } from './prepared.js';
import { shrinkFunctionFailure } from './shrink-function.js';
import { nodesOf, tensorNodeAt } from './sizes.js';

/** What a function is compared with, and on which inputs. */
export interface PythonMatch<Inputs extends InputSpecs = InputSpecs> extends Omit<
  Target<Inputs>,
  'ours' | 'gradients' | 'mutants' | 'name'
> {
  /** Whose gradients are compared: true for every float tensor. Default: none. */
  readonly gradients?: boolean | readonly string[];
  readonly seed?: number;
  readonly python?: ParityConfig['python'];
}

const CASES = 60;
const SEED = 20261124;

let running: { readonly key: string; readonly reference: Promise<RestartingReference> } | undefined;

/**
 * Compares a function with its reference.
 *
 * @returns the smallest failing case as text, or undefined if there is none
 * @throws UsageError for inputs that cannot be, ReferenceUnavailableError without Python
 */
export async function matchPython(
  ours: (inputs: never) => FunctionResult,
  { gradients = false, seed = SEED, python, ...rest }: PythonMatch,
): Promise<string | undefined> {
  if (typeof ours !== 'function') {
    throw new UsageError(`toMatchPython compares functions; got ${typeof ours}`);
  }
  const target: Target = { ...rest, ours, gradients: gradientsOf(rest.inputs, gradients) };
  checkTarget(target, 'toMatchPython');
  await setEngine('cpu');
  const reference = await sharedReference({ targets: [], ...(python && { python }) });
  const prepared = await prepareTarget(target, {}, { reference, folder: process.cwd() });
  const result = await judgeTarget(prepared, planTarget(target, rest.cases ?? CASES, seed), { reference });
  const [first] = result.strata.flatMap(({ failures }) => failures);
  if (first === undefined) return unproven(result);
  const smallest = await shrinkFunctionFailure(first, prepared, { reference, seed });
  const hints = await explainFailure(smallest, prepared, reference);
  const differing = result.strata.reduce((sum, { failures }) => sum + failures.length, 0);
  const cases = result.strata.reduce((sum, one) => sum + one.cases, 0);
  return [
    `${targetName(target)} differs from its reference in ${differing} of ${cases} cases. The smallest that was found:`,
    ...inputsOf(smallest).map(({ name, value }) => `  ${name} = ${value.replaceAll('\n', '\n    ')}`),
    smallest.mismatch.message,
    ...hints,
    `path ${smallest.path}, seed ${seed}`,
  ].join('\n');
}

/** A comparison that compared nothing does not succeed. */
const unproven = (result: TargetResult): string | undefined =>
  notCompared(result) ?? result.unchecked.map(({ path, why }) => `${path} could not be compared: ${why}`)[0];

function gradientsOf(inputs: InputSpecs, asked: boolean | readonly string[]): readonly string[] {
  if (typeof asked !== 'boolean') return asked;
  if (!asked) return [];
  return [...nodesOf(inputs)].flatMap(([path, { kind }]) =>
    (kind === 'tensor' || kind === 'same-as') &&
    fullRules(tensorNodeAt(inputs, path)).dtype.startsWith('float')
      ? [path]
      : [],
  );
}

/** One Python for all tests of a process. It ends with the process. */
async function sharedReference(config: ParityConfig): Promise<RestartingReference> {
  const folder = resolve('.');
  const key = JSON.stringify([folder, config.python]);
  if (running?.key === key) return running.reference;
  await stopPython();
  const opened = openReference(config, { folder, python: undefined, log: () => undefined });
  running = { key, reference: opened.then(({ reference }) => reference) };
  return running.reference;
}

/** Ends the Python of the comparisons. The next comparison starts another one. */
export async function stopPython(): Promise<void> {
  const started = running;
  running = undefined;
  await (await started?.reference)?.stop();
}

import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../../src/random.js';
import type { Given } from '../attack.js';
import { type Callee, publicSurface, TYPED_ERRORS } from './surface.js';
import { brief, disposeTensors, randomArguments } from './values.js';

/** A call that never ends, such as a stream over nothing, is abandoned after this. */
const PATIENCE_MS = 5_000;

const OFFLINE = 'HF_HUB_OFFLINE';

let surface: Promise<readonly Callee[]> | undefined;

/** One call of each public function, constructor and method with values of any kind. */
export async function callAtRandom({ random, folder }: Given): Promise<void> {
  const callees = await (surface ??= publicSurface());
  const faults = await faultsOf(callees, random, folder);
  if (faults.length > 0) {
    throw new Error(`${faults.length} of ${callees.length} calls:\n${faults.join('\n')}`);
  }
}

/** The faults of one call each. Strings that count as paths name something in the folder. */
export async function faultsOf(
  callees: readonly Callee[],
  random: Random,
  folder: string,
): Promise<string[]> {
  const faults: string[] = [];
  const outer = process.cwd();
  const offline = process.env[OFFLINE];
  process.chdir(folder);
  process.env[OFFLINE] = '1';
  try {
    for (const callee of callees) {
      const fault = await faultOf(callee, randomArguments(random));
      if (fault !== undefined) faults.push(fault);
    }
  } finally {
    process.chdir(outer);
    if (offline === undefined) delete process.env[OFFLINE];
    else process.env[OFFLINE] = offline;
  }
  return faults;
}

/** The fault of a call: an error from outside the package, or tensors that it kept when it failed. */
async function faultOf({ name, call }: Callee, values: readonly unknown[]): Promise<string | undefined> {
  const before = tf.memory().numTensors;
  const told = `${name}(${values.map(brief).join(', ')})`;
  let result: unknown;
  try {
    result = await ended(call(values));
    disposeTensors(result);
    return undefined;
  } catch (error) {
    if (!isTyped(error)) {
      return `${told}: ${error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 3).join(' | ') : `threw ${String(error)}`}`;
    }
    const kept = tf.memory().numTensors - before;
    return kept > 0 ? `${told}: kept ${kept} tensors when it failed` : undefined;
  } finally {
    disposeTensors(values);
  }
}

/** Whether it is an error of the package, or of the file system, whose code says what is wrong. */
function isTyped(error: unknown): boolean {
  if (error instanceof Error && 'errno' in error) return true;
  return TYPED_ERRORS.some((typed) => error instanceof typed);
}

async function ended(result: unknown): Promise<unknown> {
  const iterator = result as Partial<AsyncIterator<unknown>> | undefined;
  const done = typeof iterator?.next === 'function' ? iterator.next() : result;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  try {
    return await Promise.race([done, patience]);
  } finally {
    clearTimeout(timer);
  }
}

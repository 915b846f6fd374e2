import { setTimeout as sleep } from 'node:timers/promises';
import type { Reference } from '../../src/python/bridge.js';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import type { Message, WireTensor } from '../../src/python/exchange.js';
import { startReference } from '../start-reference.js';
import { broken, type Check, fine, reasonOf } from './check.js';

const EMPTY: Message = { meta: null, tensors: {} };
const REINSTALL =
  'install pythonia@1.2.6 and ws@7 again; report it as a fault of sparse-encoder if that does not help';
/** A dead worker is noticed at once, a busy machine granted. */
const NOTICED_MS = 2_000;

/** NaN, both infinities, -0 and the smallest denormals. */
const SPECIAL = [NaN, Infinity, -Infinity, -0];
const SINGLE = Float32Array.of(...SPECIAL, 2 ** -149, -(2 ** -149));
const DOUBLE = Float64Array.of(...SPECIAL, 5e-324, -5e-324);

type Tried = Pick<Reference, 'call' | 'pid'>;

/** What is tried on one running worker, in order. Each throws if the bridge does not hold. */
const TRIALS: Readonly<Record<string, (reference: Tried) => Promise<string>>> = {
  'bridge-values': async (reference) => {
    const sent = { float32: wire('float32', SINGLE), float64: wire('float64', DOUBLE) };
    const echoed = await reference.call('self_test.echo', { meta: null, tensors: sent });
    const made = await reference.call('self_test.special_values', EMPTY);
    for (const { tensors } of [echoed, made]) {
      requireSame(SINGLE, tensors['float32']);
      requireSame(DOUBLE, tensors['float64']);
    }
    return 'NaN, infinities, -0 and denormals arrive bit by bit, both ways';
  },
  'bridge-megabyte': async (reference) => {
    const data = Float32Array.from({ length: 2 ** 18 }, (_, index) => Math.fround(index / 7));
    const text = 'é'.repeat(2 ** 19);
    const { meta, tensors } = await reference.call('self_test.echo', {
      meta: text,
      tensors: { x: wire('float32', data) },
    });
    requireSame(data, tensors['x']);
    if (meta !== text) throw new Error('a text of a megabyte arrived changed');
    return 'a megabyte of numbers and one of text arrive unchanged, both ways';
  },
  'bridge-noise': async (reference) => {
    const { meta } = await reference.call('noisy_import.echo', { meta: 'heard', tensors: {} });
    if (meta !== 'heard') throw new Error('the reply of a module that prints at import arrived changed');
    return 'a module that prints bytes of every kind at import does no harm';
  },
  'bridge-killed': async (reference) => {
    const call = reference.call('self_test.sleep', { meta: { seconds: 60 }, tensors: {} });
    const seen = call.then(
      () => undefined,
      (error: unknown) => error,
    );
    await sleep(100);
    process.kill(reference.pid, 'SIGKILL');
    const begin = performance.now();
    const error = await Promise.race([seen, sleep(NOTICED_MS, undefined, { ref: false })]);
    if (!(error instanceof ReferenceUnavailableError) || error.reason !== 'died') {
      throw new Error(`a killed worker was not noticed within ${NOTICED_MS} ms`);
    }
    if (runs(reference.pid)) throw new Error(`the killed worker ${reference.pid} still runs`);
    return `a killed worker is noticed after ${(performance.now() - begin).toFixed(0)} ms, and none is left`;
  },
};

/**
 * Tries the bridge with a real worker, and whether the reference can be imported.
 *
 * @param python an interpreter that has the packages of the reference
 */
export async function checkBridge(python: string): Promise<Check[]> {
  let reference: Reference;
  try {
    reference = await startReference({ python });
  } catch (error) {
    return [broken('bridge', reasonOf(error), `run "${python}" by hand to see whether it starts`)];
  }
  try {
    return [await tryImport(reference, python), ...(await tryBridge(reference))];
  } finally {
    await reference.stop();
  }
}

/** Sends what bridges between languages are known to lose, and at last kills the worker. */
export async function tryBridge(reference: Tried): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [id, trial] of Object.entries(TRIALS)) {
    checks.push(
      await trial(reference).then(
        (seen) => fine(id, seen),
        (error: unknown) => broken(id, reasonOf(error), REINSTALL),
      ),
    );
  }
  return checks;
}

/** Installed packages may still fail to load: a library of the system is missing, a file is damaged. */
async function tryImport(reference: Tried, python: string): Promise<Check> {
  const begin = performance.now();
  try {
    await reference.call('self_test.import_reference', EMPTY);
    const seconds = (performance.now() - begin) / 1000;
    return fine('import', `torch and sentence-transformers import in ${seconds.toFixed(1)} s`);
  } catch (error) {
    return broken(
      'import',
      reasonOf(error),
      `"${python}" -c "import sentence_transformers" shows the whole error`,
    );
  }
}

const wire = (dtype: 'float32' | 'float64', data: Float32Array | Float64Array): WireTensor => ({
  dtype,
  shape: [data.length],
  data,
});

function requireSame(sent: Float32Array | Float64Array, received: WireTensor | undefined): void {
  const view = received?.data;
  const same =
    view !== undefined &&
    view.constructor === sent.constructor &&
    Buffer.from(view.buffer, view.byteOffset, view.byteLength).equals(Buffer.from(sent.buffer));
  if (!same) throw new Error(`${shown(sent)} arrived as ${shown(view ?? [])}`);
}

const shown = (numbers: ArrayLike<unknown>): string =>
  Array.from({ length: Math.min(numbers.length, 6) }, (_, index) =>
    Object.is(numbers[index], -0) ? '-0' : String(numbers[index]),
  ).join(', ');

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

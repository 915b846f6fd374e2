import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import {
  HAS_REFERENCE,
  liveReference,
  LIVE_TIME,
  runInReference,
} from '../../src/testing/python/live-reference.js';
import { tf } from '../../src/tf.js';
import { explainFailure } from './causes.js';
import { command } from './command-port.js';
import { type Target, target } from './define.js';
import { loadFunctionCase } from './function-case-file.js';
import { notCompared } from './function-report.js';
import { matrix, sameAs, scalar } from './input-spec.js';
import { type FunctionFailure, judgeTarget, type TargetResult } from './judge-target.js';
import { planTarget } from './plan-functions.js';
import { prepareTarget } from './prepared.js';
import { addPythonPaths } from './reference-side.js';
import { saveFunctionFailure } from './save-function-failure.js';
import { shrinkFunctionFailure } from './shrink-function.js';
import { block, FUNCTIONS, WRONG_GRADIENT, WRONG_VALUE } from './testing/example-targets.js';

const SEED = 7;
const ports = join(packageRoot(), 'fixtures', 'ports');

describe.runIf(HAS_REFERENCE)('a function and its reference', { timeout: LIVE_TIME }, () => {
  const reference = liveReference();
  const work = mkdtempSync(join(tmpdir(), 'sparse-encoder-functions-'));
  beforeAll(() => addPythonPaths(reference, [ports]), LIVE_TIME);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  const judge = async (one: Target, cases = 40): Promise<TargetResult> => {
    const prepared = await prepareTarget(one, {}, { reference, folder: ports });
    return judgeTarget(prepared, planTarget(one, cases, SEED), { reference });
  };
  const failuresOf = ({ strata }: TargetResult): FunctionFailure[] =>
    strata.flatMap(({ failures }) => failures);
  const smallestOf = async (result: TargetResult): Promise<FunctionFailure> => {
    const [first] = failuresOf(result);
    if (first === undefined) throw new Error('nothing differs');
    return shrinkFunctionFailure(first, result.target, { reference, seed: SEED });
  };

  it.each(FUNCTIONS)(
    '$reference is equal in value and gradient, and its wrong variants are caught',
    async (one) => {
      const before = tf.memory().numTensors;
      const result = await judge(one);
      expect(failuresOf(result).map(({ path, mismatch }) => `${path}: ${mismatch.message}`)).toEqual([]);
      expect(result.strata.every(({ computed, cases }) => computed === cases)).toBe(true);
      expect(result.kills).toEqual({ mutants: Object.keys(one.mutants ?? {}).length, survivors: [] });
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('a wrong value is found, shrunk to single numbers, and its factor is named', async () => {
    const smallest = await smallestOf(await judge(WRONG_VALUE));
    expect(smallest.mismatch.kind).toBe('value');
    expect(smallest.judged.legs.truth.tensors.get('value')?.shape).toEqual([]);
    expect(smallest.judged.case.inputs['input']).toMatchObject({ tensor: { shape: [1, 1] } });
    const prepared = await prepareTarget(WRONG_VALUE, {}, { reference, folder: ports });
    expect(await explainFailure(smallest, prepared, reference)).toEqual([
      'likely cause: a factor beta is too much, or a division by beta is missing',
    ]);
  });

  it('a wrong gradient at a tie is found and shrunk to the tie', async () => {
    const result = await judge(WRONG_GRADIENT);
    const smallest = await smallestOf(result);
    expect(smallest.mismatch).toMatchObject({ kind: 'gradient', truth: 0 });
    const { inputs } = smallest.judged.case;
    const { x } = inputs;
    expect(x?.kind === 'tensor' && [...x.tensor.data].map(Number).includes(0)).toBe(true);
    expect(result.strata.find(({ stratum }) => stratum.id === 'kinks')?.failures.length).toBeGreaterThan(0);
  });

  it('a module with copied weights is equal, with the gradients of its weights', async () => {
    const result = await judge(block());
    expect(failuresOf(result).map(({ mismatch }) => mismatch.message)).toEqual([]);
    expect(result.target.reference.gradients).toContain('weights/up.weight');
  });

  it.each([
    [{ epsilon: 1e-3 }, 'norm', 'epsilon 0.001 instead of 1e-05'],
    [{ tanh: true }, 'activation', 'another activation: gelu (tanh)'],
  ])('names the first layer that differs, and its cause: %o', async (wrong, layer, cause) => {
    const one = block(wrong);
    const result = await judge(one, 12);
    const [first] = failuresOf(result);
    const hints = first && (await explainFailure(first, result.target, reference));
    expect(hints?.[0]).toBe(`first layer that differs: ${layer}`);
    expect(hints).toContain(`likely cause: ${cause}`);
  });

  it('a port that computes a value from inputs that both sides have to refuse is a mismatch', async () => {
    const refused = { 'no delta': { delta: scalar({ min: -2, max: -1 }) } };
    const lenient = await judge({ ...(FUNCTIONS[0] as Target), mutants: {}, refused }, 12);
    expect(failuresOf(lenient).map(({ judged }) => judged.case.stratum)).toEqual(
      Array(3).fill('refused-no delta'),
    );
  });

  it('a reference that refuses every case has compared nothing', async () => {
    const wrong: Target = {
      ...(FUNCTIONS[1] as Target),
      mutants: {},
      ours: () => {
        throw new RangeError('never');
      },
      reference: { call: 'torch.nn.functional:softmax', positional: ['x'], fixed: { dim: 5 } },
    };
    const result = await judge(wrong, 12);
    expect(failuresOf(result)).toEqual([]);
    expect(notCompared(result)).toContain('computed no case: IndexError');
  });

  it('a truth of one’s own takes the place of float64: with mpmath at 50 digits', async () => {
    const logSigmoid = target({
      ours: ({ x }) => tf.logSigmoid(x),
      reference: {
        call: 'torch.nn.functional:logsigmoid',
        positional: ['x'],
        truth: { mpmath: 'closed:log_sigmoid' },
      },
      inputs: { x: matrix({ rows: [1, 3], columns: [1, 5] }) },
      gradients: ['x'],
    });
    writeFileSync(
      join(work, 'closed.py'),
      'import mpmath\ndef log_sigmoid(x):\n    return -mpmath.log1p(mpmath.exp(-x))\n',
    );
    await addPythonPaths(reference, [work]);
    const result = await judge(logSigmoid, 20);
    expect(failuresOf(result).map(({ mismatch }) => mismatch.message)).toEqual([]);
    expect(result.strata[0]?.gradientRatio).toBeGreaterThan(0);
  });

  describe('a port in another language', () => {
    const inputs = (FUNCTIONS[0] as Target).inputs;
    const numpy = (program: string): Target => ({
      ours: command(process.env['PYTHON'] ?? 'python3', program),
      reference: 'torch.nn.functional:huber_loss',
      inputs,
      gradients: ['input', 'target'],
      refused: { 'no delta': { delta: scalar({ min: -2, max: -1 }) } },
    });

    it.runIf(spawnSync('python3', ['-c', 'import numpy']).status === 0)('NumPy is equal', async () => {
      const result = await judge(numpy('huber.py'));
      expect(failuresOf(result).map(({ mismatch }) => mismatch.message)).toEqual([]);
      expect(result.unchecked).toEqual([]);
    });

    it('C is equal', async () => {
      execFileSync('cc', ['-O2', '-o', join(work, 'relu'), join(ports, 'relu.c')]);
      const result = await judge({
        ...(FUNCTIONS[2] as Target),
        mutants: {},
        ours: command(join(work, 'relu')),
      });
      expect(failuresOf(result).map(({ mismatch }) => mismatch.message)).toEqual([]);
      expect(result.unchecked).toEqual([]);
      expect(result.strata.map(({ cases }) => cases).every((cases) => cases > 0)).toBe(true);
    });

    it.each([
      ['ends', 'import sys; sys.exit("no more memory")', 'ended (exit code 1)', 30_000],
      ['prints garbage', 'print("loading", flush=True); input()', 'answered "loading"', 30_000],
      [
        'answers nothing',
        'import sys, time; sys.stdin.readline(); time.sleep(60)',
        'took longer than 500 ms',
        500,
      ],
    ])('a program that %s is named, and the run goes on', async (_, program, problem, deadlineMs) => {
      writeFileSync(join(work, 'port.py'), program);
      const broken = { ...command('python3', join(work, 'port.py')), deadlineMs };
      const result = await judge({ ...numpy('huber.py'), ours: broken, refused: {} }, 2);
      expect(result.unchecked.length).toBeGreaterThan(0);
      expect(result.unchecked[0]?.why).toContain(problem);
      expect(notCompared(result)).toBeUndefined();
    });
  });

  it('a saved failure holds all that both languages need: the pytest snippet runs', async () => {
    const smallest = await smallestOf(await judge(block({ epsilon: 1e-3 }), 12));
    const { target: prepared } = await judge(block(), 1);
    const file = await saveFunctionFailure(smallest, prepared, {
      seed: SEED,
      config: join(work, 'parity.config.ts'),
      versions: { torch: '2.13.0' },
      folder: work,
    });
    const stored = loadFunctionCase(JSON.parse(readFileSync(file, 'utf8')) as unknown, file);
    expect(stored.judged.case).toEqual(smallest.judged.case);
    expect(stored.reference.weights?.size).toBe(6);
    const snippet = file.replace('.case.json', '.pytest.py');
    const [, name] = /def (test_\w+)/.exec(readFileSync(snippet, 'utf8')) ?? [];
    const run = `import runpy; runpy.run_path(${JSON.stringify(snippet)})[${JSON.stringify(name)}](); print("fine")`;
    expect(String(await runInReference({ text: run }))).toBe('fine\n');
  });

  it.each<[string, Partial<Target>, string]>([
    [
      'a module that is not there',
      { reference: 'torch.nn.functionals:relu' },
      'cannot be imported: ModuleNotFoundError',
    ],
    [
      'a name that is not there',
      { reference: 'torch.nn.functional:relus' },
      'cannot be imported: AttributeError',
    ],
    [
      'a signature that does not fit',
      { reference: 'torch.nn.functional:relu' },
      'does not take the inputs y',
    ],
  ])('says of %s what is wrong', async (_, change, message) => {
    const one: Target = {
      ours: () => 0,
      inputs: { y: matrix({ rows: 2, columns: 2 }) },
      reference: 'a:b',
      ...change,
    };
    await expect(prepareTarget(one, {}, { reference, folder: ports })).rejects.toThrow(message);
  });

  it('draws the same cases from the same seed, whatever else is compared', () => {
    const one = target({
      ours: () => 0,
      reference: 'a:f',
      inputs: { x: matrix({ rows: [1, 4], columns: 2 }), y: sameAs('x') },
    });
    expect(planTarget(one, 30, 3)).toEqual(planTarget(one, 30, 3));
    expect(planTarget(one, 30, 3)).not.toEqual(planTarget(one, 30, 4));
  });
});

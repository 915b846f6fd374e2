// @module-tag slow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePythonPackages } from '../../scripts/consumers/python-environment.js';
import { setEngine } from '../engine/set-engine.js';
import type { Features } from '../features.js';
import { totalLoss } from '../losses/loss.js';
import type { LoraOptions } from '../modules/lora/lora-config.js';
import { packageRoot } from '../package-root.js';
import { findReferencePython } from '../python/environment.js';
import { seededRandom } from '../random.js';
import { sparseToDense } from '../sparse/to-dense.js';
import { modelFixture } from '../testing/new-encoders.js';
import { parametersOf, spladeLoss } from '../testing/trained.js';
import { bindAdamW } from '../training/bound-optimizer.js';
import { SparseEncoder } from './sparse-encoder.js';

const python = findReferencePython();
const TEXTS = ['a cloud of particles', 'the handle of a sword', 'dog', 'rain'];
const COLUMNS = [
  ['a cloud', 'the sword', 'light rain', 'stone'],
  ['particles of a cloud', 'the handle of a sword', 'the rain', 'a stone handle'],
];
/** With this epsilon, gradients that are nothing but rounding do not move a parameter. */
const [STEPS, RATE, EPSILON] = [10, 0.003, 0.01];

/** Every option, and every architecture whose layers have other names. */
const CASES: readonly (readonly [model: string, options: LoraOptions])[] = [
  ['splade-bert', {}],
  ['splade-bert', { r: 4, loraAlpha: 12, targetModules: ['query', 'output.dense'], bias: 'lora_only' }],
  [
    'splade-bert',
    { r: 2, targetModules: 'all-linear', excludeModules: ['key'], bias: 'all', useRslora: true },
  ],
  ['splade-bert', { r: 3, targetModules: String.raw`.*layer\.1\..*(key|value)` }],
  ['splade-deberta-v2', { r: 4, loraAlpha: 3 }],
  ['splade-roberta', { r: 4, targetModules: ['query', 'dense'], bias: 'all' }],
  ['splade-modernbert', { r: 4, targetModules: ['Wqkv', 'Wo', 'Wi'], initLoraWeights: 'gaussian' }],
  ['splade-distilbert', { targetModules: 'all-linear' }],
  ['splade-albert', { r: 4, targetModules: 'all-linear', initLoraWeights: false }],
  ['splade-mpnet', { r: 4, targetModules: ['q', 'v', 'attn.o'] }],
  ['splade-electra', {}],
  ['csr', { r: 4, targetModules: ['query', 'dense'], bias: 'lora_only' }],
];

interface Theirs {
  readonly opened: number[][];
  readonly parameters: [string, number[], boolean][];
  readonly initial: Record<string, number[]>;
  readonly losses: number[];
  /** The same from parameters that were moved to neighbouring floats. */
  readonly nudged: Pick<Theirs, 'losses' | 'trained'>;
  readonly gradients: Record<string, number[]>;
  readonly trained: Record<string, number[]>;
  readonly encoded: number[][];
  readonly targets: string[] | string;
}

const snake = (options: LoraOptions): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (x) => `_${x.toLowerCase()}`),
      value,
    ]),
  );

/** Sets B, which begins with zeros, and the trained biases, so that the adapter changes what the model computes. */
function disturb(model: SparseEncoder): void {
  const random = seededRandom(5);
  for (const variable of model.trainableVariables()) {
    const values = Float32Array.from({ length: variable.size }, () => random.below(2 ** 16) / 2 ** 16 - 0.5);
    tf.tidy(() => variable.assign(variable.mul(0.5).add(tf.tensor(values, variable.shape).mul(0.5))));
  }
}

/** Ours may differ from the reference by this much more than it differs from itself after a change of rounding. */
const SPREAD = 16;

/** The largest difference, relative to the largest number or to `floor`. */
function apart(found: Iterable<number>, expected: readonly number[], floor = 1e-3): number {
  const ours = [...found];
  if (ours.length !== expected.length) return Infinity;
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), floor);
  return expected.reduce((most, x, at) => Math.max(most, Math.abs(x - (ours[at] ?? Number.NaN))), 0) / scale;
}

async function encoded(model: SparseEncoder): Promise<number[][]> {
  const matrix = await model.encode(TEXTS);
  const dense = sparseToDense(matrix);
  return Array.from({ length: TEXTS.length }, (_, row) => [
    ...dense.subarray(row * matrix.columns, (row + 1) * matrix.columns),
  ]);
}

describe.runIf(python !== undefined)('adapters and those of peft', () => {
  let folder = '';
  let theirs: Theirs[] = [];
  const ours = (index: number): string => join(folder, `ours-${index}`);
  const output = (index: number): string => join(folder, `theirs-${index}`);

  async function adapted(index: number): Promise<SparseEncoder> {
    const [name, options] = CASES[index] as (typeof CASES)[number];
    const model = await SparseEncoder.load(modelFixture(name));
    model.addAdapter(options, 7);
    disturb(model);
    return model;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-adapters-'));
    await setEngine('onnx');
    const packages = { name: 'peft', packages: ['peft==0.21.2'], alone: true, size: '10 MB' };
    const peft = await ensurePythonPackages(packages, () => undefined);
    const where = 'import sysconfig; print(sysconfig.get_paths()["purelib"])';
    const site = spawnSync(peft, ['-c', where], { encoding: 'utf8' }).stdout.trim();
    for (const index of CASES.keys()) {
      const model = await adapted(index);
      await model.save(ours(index));
      await model.dispose();
    }
    const cases = CASES.map(([name, options], index) => ({
      folder: modelFixture(name),
      options: snake(options),
      ours: ours(index),
      output: output(index),
      texts: TEXTS,
      columns: COLUMNS,
      steps: STEPS,
      rate: RATE,
      epsilon: EPSILON,
    }));
    const [input, result] = [join(folder, 'input.json'), join(folder, 'result.json')];
    writeFileSync(input, JSON.stringify(cases));
    const program = join(packageRoot(), 'parity', 'reference', 'adapters.py');
    const env = { ...process.env, HF_HUB_OFFLINE: '1', PYTHONDONTWRITEBYTECODE: '1' };
    const { status, stderr } = spawnSync(python ?? '', [program, site, input, result], {
      encoding: 'utf8',
      env,
    });
    if (status !== 0) throw new Error(stderr);
    theirs = JSON.parse(readFileSync(result, 'utf8')) as Theirs[];
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(CASES.map(([name, options], index) => [index, name, JSON.stringify(options)] as const))(
    'case %i: %s with %s',
    { timeout: 60_000 },
    async (index) => {
      const reference = theirs[index] as Theirs;
      const model = await adapted(index);
      const named = model.namedParameters();
      const trainable = new Set(model.trainableVariables());
      // Names, order, shapes, and what is trained.
      expect(named.map(([name, { shape, trainable: isTrained }]) => [name, shape, isTrained])).toEqual(
        reference.parameters,
      );
      // Ours, opened by the reference.
      (await encoded(model)).forEach((row, at) => {
        expect(apart(row, reference.opened[at] ?? [])).toBeLessThan(1e-5);
      });
      // A step's gradients, and the parameters after ten steps.
      const loss = spladeLoss(model);
      const optimizer = await bindAdamW(model, { learningRate: RATE, epsilon: EPSILON, weightDecay: 0 });
      const columns: Features[] = [];
      for (const texts of COLUMNS) columns.push(await model.preprocess(texts));
      const losses: number[] = [];
      const first = new Map<string, number[]>();
      for (let step = 0; step < STEPS; step++) {
        const { value, grads } = tf.variableGrads(
          () => totalLoss(loss.forward(columns)),
          optimizer.variables,
        );
        losses.push(...(await value.data()));
        const gradients = optimizer.variables.map(({ name }) => grads[name] as tf.Tensor);
        if (step === 0) {
          for (const [at, name] of optimizer.names.entries()) {
            first.set(name, [...((await gradients[at]?.data()) ?? [])]);
          }
        }
        optimizer.step(gradients);
        tf.dispose([value, grads]);
      }
      // A step may multiply a rounding: then the reference is as far from itself.
      const { nudged } = reference;
      const lossLimit = SPREAD * Math.max(apart(nudged.losses, reference.losses), 4 * 2 ** -23);
      expect(apart(losses, reference.losses)).toBeLessThan(lossLimit);
      // The reference has no gradients of a pooler, which no output depends on.
      expect([...first.keys()].toSorted()).toEqual(Object.keys(reference.gradients).toSorted());
      // The gradient of the bias of keys is 0, except for rounding.
      const floor = 0.01 * Math.max(...Object.values(reference.gradients).flat().map(Math.abs));
      for (const [name, gradient] of first) {
        expect(apart(gradient, reference.gradients[name] ?? [], floor), name).toBeLessThan(1e-3);
      }
      tf.dispose(columns.flatMap((each) => Object.values(each).filter((x) => x instanceof tf.Tensor)));
      const after = await parametersOf(model);
      for (const [name, variable] of named) {
        if (!trainable.has(variable)) continue;
        const theirEnd = reference.trained[name] ?? [];
        const limit = Math.max(1e-3, SPREAD * apart(nudged.trained[name] ?? [], theirEnd));
        expect(apart(after[name] ?? [], theirEnd), name).toBeLessThan(limit);
      }
      await model.dispose();
      // Theirs, opened by ours; the same after merging; and saved again.
      const opened = await SparseEncoder.load(output(index));
      const before = await encoded(opened);
      before.forEach((row, at) => expect(apart(row, reference.encoded[at] ?? [])).toBeLessThan(1e-5));
      opened.mergeAdapter();
      (await encoded(opened)).forEach((row, at) =>
        expect(apart(row, reference.encoded[at] ?? [])).toBeLessThan(1e-4),
      );
      await opened.dispose();
    },
  );

  it('the initial numbers have the distribution of peft', async () => {
    for (const [index, [name, options]] of CASES.entries()) {
      const model = await SparseEncoder.load(modelFixture(name));
      model.addAdapter(options, 11);
      const found = await parametersOf(model);
      const spread = (part: string, of: Readonly<Record<string, ArrayLike<number>>>): number => {
        const all = Object.entries(of).flatMap(([each, values]) =>
          each.includes(part) ? Array.from(values) : [],
        );
        return Math.sqrt(all.reduce((sum, x) => sum + x * x, 0) / all.length);
      };
      for (const part of ['lora_A', 'lora_B']) {
        const [mine, their] = [spread(part, found), spread(part, theirs[index]?.initial ?? {})];
        expect(Math.abs(mine - their), `${name} ${part}`).toBeLessThanOrEqual(0.15 * their);
      }
      await model.dispose();
    }
  });
});

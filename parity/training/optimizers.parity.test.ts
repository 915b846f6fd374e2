// @module-tag slow
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireTensor } from '../../src/python/exchange.js';
import { seededRandom } from '../../src/random.js';
import { plainAdafactor, plainSgd, type SgdParts } from '../../src/testing/optimizers/plain-rules.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../../src/testing/python/live-reference.js';
import { adafactor } from '../../src/training/adafactor.js';
import { inPlaceOptimizer, sizeOf, type UpdateRule } from '../../src/training/in-place-optimizer.js';
import { sgd } from '../../src/training/sgd.js';
import type { CaseOutcome } from '../case.js';
import { combineLegs, compareOutcomes, type ReferenceLegs, type Verdict } from '../compare.js';

const program = fileURLToPath(new URL('../reference/optimizers.py', import.meta.url));

/** A number, vectors, matrices of one row or one column, and stacks of matrices. */
const SHAPES = [[], [1], [7], [3, 5], [1, 4], [6, 1], [2, 3, 4], [2, 2, 3, 3], [40, 33]];
const SIZE = SHAPES.reduce((sum, shape) => sum + sizeOf(shape), 0);
const STEPS = 8;
const FACTORS = [0.25, 1, 0.875, 0.75, 0.5, 0.375, 0.25, 0.125];
const RATES = SHAPES.map((_, index) => (index === 3 ? 3e-3 : 1e-2));
const DECAYS = SHAPES.map((shape) => (shape.length < 2 ? 0 : 0.1));

interface Variant {
  readonly name: string;
  readonly rule: UpdateRule;
  readonly args: Readonly<Record<string, unknown>>;
  readonly maxGradientNorm: number | null;
}

const MOMENTUM = { momentum: 0.9, dampening: 0, nesterov: false };
const VARIANTS: readonly Variant[] = [
  { name: 'adafactor', rule: adafactor, args: { optim: 'adafactor' }, maxGradientNorm: null },
  { name: 'adafactor, clipped', rule: adafactor, args: { optim: 'adafactor' }, maxGradientNorm: 0.5 },
  {
    name: 'sgd',
    rule: sgd({ momentum: 0, dampening: 0, nesterov: false }),
    args: { optim: 'sgd' },
    maxGradientNorm: 0.5,
  },
  {
    name: 'sgd with momentum',
    rule: sgd({ ...MOMENTUM, dampening: 0.2 }),
    args: { optim: 'sgd', optim_args: 'momentum=0.9,dampening=0.2' },
    maxGradientNorm: null,
  },
  {
    name: 'sgd with Nesterov',
    rule: sgd({ ...MOMENTUM, nesterov: true }),
    args: { optim: 'sgd', optim_args: 'momentum=0.9,nesterov=true' },
    maxGradientNorm: null,
  },
];

/** Values with magnitudes from 1e-4 to 1, some of them 0. The third row of the last matrix is 0 at first. */
function draw(seed: number, hasZeroRow: boolean): Float32Array {
  const random = seededRandom(seed);
  const unit = (): number => (random.below(2 ** 21) + 0.5) / 2 ** 21;
  const zeros = SIZE - 40 * 33 + 2 * 33;
  return Float32Array.from({ length: SIZE }, (_, i) => {
    const value = (2 * unit() - 1) * 10 ** (-4 * unit());
    return i % 13 === 5 || (hasZeroRow && i >= zeros && i < zeros + 33) ? 0 : value;
  });
}

function split(values: ArrayLike<number>): number[][] {
  let end = 0;
  return SHAPES.map((shape) => Array.from(values).slice(end, (end += sizeOf(shape))));
}

const initial = draw(1, false);
const gradients = Array.from({ length: STEPS }, (_, step) => draw(2 + step, step < 2));

/** The names and lengths of what is compared at a step, in the reference's order: parameters, then their state. */
function layout(rule: UpdateRule): { readonly name: string; readonly length: number }[] {
  const kept = SHAPES.flatMap((shape, index) =>
    Object.entries(rule.momentShapes(shape)).map(([moment, own]) => ({
      name: `${moment}/${index}`,
      length: sizeOf(own),
    })),
  );
  return [...SHAPES.map((shape, index) => ({ name: `parameter/${index}`, length: sizeOf(shape) })), ...kept];
}

function outcome(rule: UpdateRule, values: ArrayLike<number>): CaseOutcome {
  let end = 0;
  const tensors = new Map<string, WireTensor>();
  for (let step = 1; step <= STEPS; step++) {
    for (const { name, length } of layout(rule)) {
      const data = Float64Array.from(Array.from(values).slice(end, (end += length)));
      tensors.set(`${name}/${step}`, { dtype: 'float64', shape: [length], data });
    }
  }
  return { componentNames: [], tensors };
}

function ours(rule: UpdateRule, maxGradientNorm: number | null): CaseOutcome {
  const parameters = split(initial).map((values, index) => ({
    values: Float32Array.from(values),
    shape: SHAPES[index] ?? [],
    learningRate: RATES[index] ?? 0,
    weightDecay: DECAYS[index] ?? 0,
  }));
  const optimizer = inPlaceOptimizer(rule, parameters, maxGradientNorm);
  const made = gradients.flatMap((gradient, step) => {
    optimizer.groups.forEach((group, index) => {
      group.learningRate = (RATES[index] ?? 0) * (FACTORS[step] ?? 0);
    });
    optimizer.step(split(gradient).map((values) => Float32Array.from(values)));
    const { moments } = optimizer.state();
    return [...optimizer.parameters, ...moments.flatMap((each) => Object.values(each))].flatMap((each) => [
      ...each,
    ]);
  });
  return outcome(rule, made);
}

async function theirs(): Promise<Map<string, ReferenceLegs>> {
  const variants = VARIANTS.map(({ args, maxGradientNorm }) => ({
    args,
    maxGradientNorm,
    rates: RATES,
    decays: DECAYS,
    factors: FACTORS,
  }));
  const input = Float64Array.from([initial, ...gradients].flatMap((each) => [...each]));
  const args = [JSON.stringify({ shapes: SHAPES, variants })];
  const output = await runInReference({ path: program }, { args, input: Buffer.from(input.buffer) });
  const numbers = new Float64Array(Uint8Array.from(output).buffer);
  let end = 0;
  return new Map(
    VARIANTS.map(({ name, rule }) => {
      const length = STEPS * layout(rule).reduce((sum, each) => sum + each.length, 0);
      const [plain, nudged, truth] = [1, 2, 3].map(() => outcome(rule, numbers.slice(end, (end += length))));
      const legs = combineLegs([plain as CaseOutcome, nudged as CaseOutcome], truth as CaseOutcome, {
        inputScale: 0,
        labelScale: 0,
        condition: 1,
      });
      return [name, legs];
    }),
  );
}

const SGD: SgdParts = {
  weights: (step) => (step === 1 ? [0, 1] : [0.9, 0.8]),
  nesterov: false,
  momentum: 0.9,
  isCoupled: true,
  sumsSteps: false,
};
const NESTEROV: SgdParts = { ...SGD, weights: (step) => (step === 1 ? [0, 1] : [0.9, 1]), nesterov: true };

const RIGHT: readonly (readonly [variant: string, rule: UpdateRule])[] = [
  ['adafactor', plainAdafactor()],
  ['sgd with momentum', plainSgd(SGD)],
  ['sgd with Nesterov', plainSgd(NESTEROV)],
];
const WRONG: readonly (readonly [what: string, variant: string, rule: UpdateRule])[] = [
  ['running means of a fixed length', 'adafactor', plainAdafactor({ keep: () => 0.999 })],
  ['another exponent of the decay', 'adafactor', plainAdafactor({ keep: (step) => 1 - step ** -0.5 })],
  ['steps counted from 0', 'adafactor', plainAdafactor({ keep: (step) => 1 - (step + 1) ** -0.8 })],
  ['updates that are not limited', 'adafactor', plainAdafactor({ threshold: Infinity })],
  ['a limit for each matrix of a stack', 'adafactor', plainAdafactor({ clipsMatrices: true })],
  ['rows that are not divided by their mean', 'adafactor', plainAdafactor({ dividesByMean: false })],
  ['vectors with a single mean', 'adafactor', plainAdafactor({ isFactored: () => true })],
  [
    'a learning rate that scales with the parameter',
    'adafactor',
    plainAdafactor({ scale: (rms) => Math.max(1e-3, rms) }),
  ],
  ['a large epsilon', 'adafactor', plainAdafactor({ epsilon: 1e-8 })],
  ['no decay', 'adafactor', plainAdafactor({ decayed: (p) => p })],
  [
    'decay without the learning rate',
    'adafactor',
    plainAdafactor({ decayed: (p, decay) => p - 1e-2 * decay * p }),
  ],
  [
    'dampening of the first gradient',
    'sgd with momentum',
    plainSgd({ ...SGD, weights: (step) => [step === 1 ? 0 : 0.9, 0.8] }),
  ],
  ['no dampening', 'sgd with momentum', plainSgd({ ...SGD, weights: (step) => [step === 1 ? 0 : 0.9, 1] })],
  ['decay apart from the gradient', 'sgd with momentum', plainSgd({ ...SGD, isCoupled: false })],
  ['learning rates in the sum', 'sgd with momentum', plainSgd({ ...SGD, sumsSteps: true })],
  ['Nesterov unasked', 'sgd with momentum', plainSgd({ ...SGD, nesterov: true })],
  ['no Nesterov', 'sgd with Nesterov', plainSgd({ ...NESTEROV, nesterov: false })],
  ['the gradient twice', 'sgd with Nesterov', plainSgd({ ...NESTEROV, momentum: 1 })],
];

describe.runIf(HAS_REFERENCE)('optimizers beside those of transformers’ trainer', () => {
  let reference: ReadonlyMap<string, ReferenceLegs>;
  beforeAll(async () => void (reference = await theirs()), LIVE_TIME);

  const verdict = (variant: string, rule: UpdateRule): Verdict => {
    const { maxGradientNorm = null } = VARIANTS.find(({ name }) => name === variant) ?? {};
    return compareOutcomes(ours(rule, maxGradientNorm), reference.get(variant) as ReferenceLegs);
  };

  it.each(VARIANTS)(
    'have the same parameters and state after each of eight steps: $name',
    ({ name, rule }) => {
      const { mismatch, valueRatio } = verdict(name, rule);
      expect(mismatch).toBeUndefined();
      expect(valueRatio).toBeGreaterThan(0);
      expect(reference.get(name)?.float32.tensors.size).toBe(STEPS * layout(rule).length);
    },
  );

  it.each(RIGHT)('another right implementation passes: %s', (variant, rule) => {
    expect(verdict(variant, rule).mismatch).toBeUndefined();
  });

  it.each(WRONG)('a wrong implementation is noticed: %s', (_, variant, rule) => {
    expect(verdict(variant, rule).mismatch?.kind).toBe('value');
  });
});

import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Parameters, type ParameterSpec } from '../../../src/modules/parameters.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../../../src/testing/python/live-reference.js';
import { spladeLoss } from './loss.js';
import { parameterSpecs } from './model.js';
import { MINILM_STEP, type StepCase } from './spec.js';
import { initialValues, tokenColumn } from './weights.js';

const program = fileURLToPath(new URL('./gradients.py', import.meta.url));

const TINY: StepCase = {
  ...MINILM_STEP,
  layers: 2,
  hidden: 12,
  heads: 3,
  intermediate: 20,
  vocabulary: 40,
  positions: 9,
  pairs: 5,
  length: 7,
  // Larger weights, so that attention is not uniform and the kink of the activation is crossed.
  weightScale: 0.5,
  decoderBias: -1,
  documentRegularizerWeight: 0.3,
  queryRegularizerWeight: 0.5,
};

/** Tokens of each text; more texts than the head takes at a time. */
const LENGTHS = [
  [7, 5, 1, 7, 3],
  [2, 7, 6, 4, 7],
];

const specs = parameterSpecs(TINY);

interface Outcome {
  readonly loss: number;
  readonly gradients: readonly Float32Array[];
}

async function theirs(): Promise<Outcome> {
  const args = [JSON.stringify({ row: TINY, lengths: LENGTHS })];
  const output = await runInReference({ path: program }, { args });
  const [loss = NaN, ...rest] = new Float32Array(Uint8Array.from(output).buffer);
  let end = 0;
  const gradients = specs.map(({ shape }) => {
    const begin = end;
    end += tf.util.sizeFromShape([...shape]);
    return Float32Array.from(rest.slice(begin, end));
  });
  expect(end).toBe(rest.length);
  return { loss, gradients };
}

async function ours(): Promise<Outcome> {
  const variables = specs.map((spec, i) =>
    tf.variable(tf.tensor(initialValues(spec, i, TINY), [...spec.shape])),
  );
  const shape: [number, number] = [2 * TINY.pairs, TINY.length];
  const ids = [0, 1].flatMap((column) => [...tokenColumn(column, TINY)]);
  const mask = LENGTHS.flat().flatMap((length) =>
    Array.from({ length: TINY.length }, (_, position) => Number(position < length)),
  );
  const texts = {
    inputIds: tf.tensor2d(ids, shape, 'int32'),
    attentionMask: tf.tensor2d(mask, shape, 'int32'),
  };
  const named = specs.map(({ name }, i): [string, tf.Variable] => [name, variables[i] as tf.Variable]);
  const loss = spladeLoss(TINY, new Parameters(new Map(named)));
  const { value, grads } = tf.variableGrads(() => loss(texts), variables);
  const gradients = await Promise.all(
    variables.map(({ name }) => (grads[name] as tf.Tensor).data() as Promise<Float32Array>),
  );
  return { loss: (await value.data())[0] ?? NaN, gradients };
}

describe.runIf(HAS_REFERENCE)('the model of the step benchmark beside BertForMaskedLM', () => {
  let expected: Outcome;
  let found: Outcome;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    expected = await theirs();
    found = await ours();
  }, LIVE_TIME);

  it('has the same loss', () => {
    expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-6);
  });

  // Adding a constant to the scores does not change attention's softmax, so that gradient is only rounding.
  const isRounding = ({ name }: ParameterSpec): boolean => name.endsWith('key.bias');

  it.each(specs.filter((spec) => !isRounding(spec)))('has the same gradient to $name', (spec) => {
    const [a, b] = gradientsTo(spec);
    const scale = Math.max(...b.map(Math.abs));
    expect(scale).toBeGreaterThan(1e-4);
    expect(largestDifference(a, b) / scale).toBeLessThan(1e-5);
  });

  it.each(specs.filter(isRounding))('has the gradient 0 to $name', (spec) => {
    const [a, b] = gradientsTo(spec);
    expect(Math.max(...[...a, ...b].map(Math.abs))).toBeLessThan(1e-6);
  });

  function gradientsTo(spec: ParameterSpec): [number[], number[]] {
    const index = specs.indexOf(spec);
    return [[...(found.gradients[index] ?? [])], [...(expected.gradients[index] ?? [])]];
  }
});

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? NaN))));

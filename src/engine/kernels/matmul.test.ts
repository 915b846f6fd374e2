import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeModel } from '../../onnx/read.js';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { call, SMALL, tensor } from '../../testing/kernel-cases.js';
import { compile } from '../compile/compile.js';

const dim = fc.integer({ min: 1, max: 5 });
const contracted = fc.integer({ min: 0, max: 5 });

/** Leading axes of both operands: equal, or 1 in one of them. */
const batches = fc.oneof(
  fc.constant<[number[], number[]]>([[], []]),
  fc.array(dim, { minLength: 1, maxLength: 3 }).map((batch): [number[], number[]] => [batch, batch]),
  dim.map((size): [number[], number[]] => [[size], [1]]),
  dim.map((size): [number[], number[]] => [[1], [size]]),
);

const operands = fc
  .record({ batches, n: dim, k: contracted, m: dim, transposeA: fc.boolean(), transposeB: fc.boolean() })
  .chain(({ batches: [a, b], n, k, m, transposeA, transposeB }) =>
    fc.constantFrom('float32', 'int32' as const).chain((type) =>
      fc.record({
        inputs: fc.tuple(
          tensor([...a, ...(transposeA ? [k, n] : [n, k])], type, SMALL),
          tensor([...b, ...(transposeB ? [m, k] : [k, m])], type, SMALL),
        ),
        options: fc.constant({ transposeA, transposeB }),
      }),
    ),
  );

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

const fused = fc.tuple(dim, dim, dim, fc.boolean()).chain(([n, k, m, transposeB]) =>
  fc.record({
    inputs: fc.tuple(
      tensor([n, k], 'float32', SMALL),
      tensor(transposeB ? [m, k] : [k, m], 'float32', SMALL),
      tensor([m], 'float32', SMALL),
      tensor([n, m], 'float32', SMALL),
    ),
    options: fc.record({
      transposeB: fc.constant(transposeB),
      biased: fc.boolean(),
      activation: fc.constantFrom(...ACTIVATIONS),
    }),
  }),
);

const EQUATIONS = [
  'ij,jk->ik',
  'ij,kj->ik',
  'ij,jk->ki',
  'bij,bjk->bik',
  'bij,bkj->ijk',
  'i,j->ij',
  'ij,ij->',
  'bi,bi->b',
  'ij->ji',
  'ij->i',
  'abc->',
  'AB,B->A',
];

/** Shapes for the terms of an equation, a size for each letter. */
const termsOf = (equation: string) =>
  fc.array(dim, { minLength: 128, maxLength: 128 }).chain((sizes) =>
    fc.record({
      inputs: fc.tuple(
        ...(equation.split('->')[0] as string).split(',').map((term) =>
          tensor(
            Array.from(term, (letter) => sizes[letter.charCodeAt(0)] as number),
            'float32',
            SMALL,
          ),
        ),
      ),
      options: fc.constant(equation),
    }),
  );

const AGREEMENTS: Record<string, Agreement> = {
  matMul: {
    calls: call(operands, ({ transposeA, transposeB }, a, b) => tf.matMul(a, b, transposeA, transposeB)),
    ulps: 0,
  },
  'matMul with its gradients': {
    calls: call(
      operands.filter(
        ({ inputs: [a, b] }) =>
          a.shape.length === b.shape.length &&
          !a.shape.includes(0) &&
          a.shape.slice(0, -2).join() === b.shape.slice(0, -2).join(),
      ),
      ({ transposeA, transposeB }, a, b) => tf.matMul(a, b, transposeA, transposeB),
    ),
    gradient: true,
    ulps: 0,
    tolerance: 0,
  },
  'fused matMul': {
    calls: call(fused, ({ transposeB, biased, activation }, a, b, bias, slopes) =>
      tf.fused.matMul({
        a: a,
        b: b,
        transposeB,
        activation,
        leakyreluAlpha: 0.25,
        ...(biased && { bias: bias }),
        ...(activation === 'prelu' && { preluActivationWeights: slopes }),
      }),
    ),
    tolerance: 1e-6,
  },
  einsum: {
    calls: call(fc.constantFrom(...EQUATIONS).chain(termsOf), (equation, ...terms) =>
      tf.einsum(equation, ...terms),
    ),
    ulps: 0,
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', ([, agreement]) =>
  fc.assert(
    sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 40 },
  ),
);

/** [4, 15] -> 2 texts, 3 heads, length 2, width 5. */
const split = (x: tf.Tensor): tf.Tensor4D => x.reshape([2, 2, 3, 5]).transpose([0, 2, 1, 3]);
const attention = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor =>
  tf.matMul(tf.softmax(tf.matMul(split(q), split(k), false, true)), split(v)).transpose([0, 2, 1, 3]);

test('attention, whose operands are transposed tensors, is what the cpu backend computes', () => {
  const rows = tensor([4, 15], 'float32', SMALL);
  const calls = call(
    fc.record({ inputs: fc.tuple(rows, rows, rows), options: fc.constant({}) }),
    (_, q, k, v) => attention(q, k, v),
  );
  return fc.assert(
    sameOnBoth({ calls, gradient: true, tolerance: 1e-5 }, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 20 },
  );
});

test('its gradients transpose no matrix of scores', async () => {
  await tf.setBackend('onnx');
  const gradients = compile(
    (x: tf.Tensor) =>
      tf
        .grads(attention)([x, x, x])
        .map((each) => each.add(1)),
    { name: 'attention' },
  );
  await gradients(tf.ones([4, 15]));
  const { nodes } = decodeModel(gradients.model()).graph;
  const scores = nodes.filter(({ op }) => op === 'Softmax').flatMap(({ outputs }) => outputs);
  expect(scores).toHaveLength(1);
  const readers = nodes.filter(({ inputs }) => inputs.some((name) => scores.includes(name)));
  expect(readers.length).toBeGreaterThan(1);
  expect(readers.filter(({ op }) => op === 'Transpose' || op === 'Reshape')).toEqual([]);
  await gradients.dispose();
});

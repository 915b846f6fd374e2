import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { FlopsLoss as Right } from '../src/api/losses.js';
import { setEngine } from '../src/index.js';
import { OURS } from './implementation.js';
import { runSuite } from './run-suite.js';
import { goldenSource } from './source.js';
import { selectCells } from './suite.js';

afterAll(() => setEngine('cpu'));

/** Wrong on the onnx engine alone. */
class FlopsLoss extends Right {
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    const flops = super.computeLossFromEmbeddings(embeddings);
    return tf.getBackend() === 'onnx' ? flops.mul(2) : flops;
  }
}

it('asks for a cell once, and judges it on every engine', async () => {
  const { plan, judge } = goldenSource();
  const asked: number[] = [];
  const results = await runSuite(selectCells(['FlopsLoss'], []), {
    plan,
    judge: (cases) => {
      asked.push(cases.length);
      return judge(cases);
    },
    implementation: { ...OURS, losses: { ...OURS.losses, FlopsLoss } },
    backends: ['cpu', 'onnx'],
  });
  const [cpu, onnx] = results;
  expect(results.map(({ backend }) => backend)).toEqual(['cpu', 'onnx']);
  expect([cpu?.cases, onnx?.cases]).toEqual([asked[0], asked[0]]);
  expect(asked).toEqual([expect.any(Number)]);
  expect(cpu?.failures).toEqual([]);
  expect(onnx?.failures.length).toBeGreaterThan(5);
});

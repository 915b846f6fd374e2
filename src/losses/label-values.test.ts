import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError } from '../errors.js';
import { passThroughModel } from '../testing/models.js';
import { recordWarnings } from '../testing/warnings.js';
import { CSRLoss } from './csr-loss.js';
import { checkLabelValues } from './label-values.js';
import { SparseAnglELoss } from './sparse-angle-loss.js';
import { SparseCoSENTLoss } from './sparse-cosent-loss.js';
import { SparseCosineSimilarityLoss } from './sparse-cosine-similarity-loss.js';
import { SparseDistillKLDivLoss } from './sparse-distill-kl-div-loss.js';
import { SparseMarginMSELoss } from './sparse-margin-mse-loss.js';
import { SparseMSELoss } from './sparse-mse-loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from './splade-loss.js';

const model = passThroughModel();
const LOSSES = [
  { loss: new SparseCoSENTLoss(model), columns: 2, shape: [2] },
  { loss: new SparseAnglELoss(model), columns: 2, shape: [2] },
  { loss: new SparseCosineSimilarityLoss(model), columns: 2, shape: [2] },
  { loss: new SparseMSELoss(model), columns: 1, shape: [2, 3] },
  { loss: new SparseMarginMSELoss(model), columns: 3, shape: [2, 2] },
  { loss: new SparseDistillKLDivLoss(model), columns: 3, shape: [2, 2] },
].map((each) => ({ name: each.loss.constructor.name, ...each }));

const embeddings = (columns: number): tf.Tensor2D[] =>
  Array.from({ length: columns }, (_, column) => tf.ones<tf.Rank.R2>([2, 3]).mul(column + 1));
const withNaN = (shape: readonly number[]): tf.Tensor => {
  const size = shape.reduce((product, each) => product * each, 1);
  return tf.tensor(new Float32Array(size).fill(1).fill(NaN, 1, 2), [...shape]);
};

afterEach(() => {
  vi.restoreAllMocks();
  return setEngine('cpu');
});

describe.each(['cpu', 'onnx'] as const)('on the engine %s', (engine) => {
  describe.each(LOSSES)('$name', ({ name, loss, columns, shape }) => {
    const told = `${name}: label [${shape.length === 1 ? '1' : '0, 1'}] is NaN; expected finite numbers`;

    it('refuses a label NaN where it is called, not where it is compiled', async () => {
      await setEngine(engine);
      const labels = withNaN(shape);
      expect(() => loss.computeLossFromEmbeddings(embeddings(columns), labels)).toThrow(InputError);
      expect(() => loss.computeLossFromEmbeddings(embeddings(columns), labels)).toThrow(told);
      const step = compile((given: tf.Tensor) => loss.computeLossFromEmbeddings(embeddings(columns), given));
      await expect(step(labels)).resolves.toBeInstanceOf(tf.Tensor);
      await step.dispose();
    });

    it('refuses it by checkLabelValues, computed or not', async () => {
      await setEngine(engine);
      const labels = withNaN(shape);
      await expect(checkLabelValues(loss, labels)).rejects.toThrow(told);
      await expect(checkLabelValues(loss, labels.mul(2))).rejects.toThrow(told);
      await expect(checkLabelValues(loss, tf.ones([...shape]))).resolves.toBeUndefined();
    });
  });

  it('a loss by itself checks labels that were computed only where the engine computes at once', async () => {
    await setEngine(engine);
    const loss = new SparseCoSENTLoss(model);
    const refuses = (labels: tf.Tensor): boolean => {
      try {
        loss.computeLossFromEmbeddings(embeddings(2), labels);
        return false;
      } catch (error) {
        return String(error).includes('label [1] is NaN');
      }
    };
    const computed = withNaN([2]).mul(2);
    expect(refuses(computed)).toBe(engine === 'cpu');
    await expect(checkLabelValues(loss, computed)).rejects.toThrow('label [1] is NaN');
    // They are at hand once they were read.
    await computed.data();
    expect(refuses(computed)).toBe(true);
  });

  it('a wrapper asks its base loss', async () => {
    await setEngine(engine);
    const base = new SparseCoSENTLoss(model);
    const weights = { documentRegularizerWeight: 1, queryRegularizerWeight: 1 };
    for (const wrapper of [
      new SpladeLoss(model, { loss: base, ...weights }),
      new CSRLoss(model, { loss: base }),
    ]) {
      await expect(checkLabelValues(wrapper, withNaN([2]))).rejects.toThrow(
        'SparseCoSENTLoss: label [1] is NaN',
      );
    }
    const ranking = new SpladeLoss(model, {
      loss: new SparseMultipleNegativesRankingLoss(model),
      ...weights,
    });
    await expect(checkLabelValues(ranking, withNaN([2]))).resolves.toBeUndefined();
  });

  it('scores so far apart that probabilities vanish are told once, compiled or not', async () => {
    await setEngine(engine);
    const loss = new SparseDistillKLDivLoss(model);
    const scores = tf.tensor2d([
      [1000, 0],
      [1, 0],
    ]);
    const step = compile((given: tf.Tensor) => loss.computeLossFromEmbeddings(embeddings(3), given));
    const told = recordWarnings();
    await step(scores);
    expect(told).toEqual([]);
    await checkLabelValues(loss, scores);
    loss.computeLossFromEmbeddings(embeddings(3), scores);
    expect(told).toEqual([expect.stringContaining('1 of 4 teacher probabilities are 0 in float32')]);
    await step.dispose();
  });
});

it('what is not a loss or labels is refused', async () => {
  await expect(checkLabelValues('loss' as never, tf.ones([2]))).rejects.toThrow(
    'checkLabelValues: loss is "loss"; expected a loss',
  );
  await expect(checkLabelValues(new SparseMSELoss(model), [1] as never)).rejects.toThrow(
    'checkLabelValues: labels is [1]; expected a tensor of numbers',
  );
});

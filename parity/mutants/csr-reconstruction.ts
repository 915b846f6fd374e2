import { CSRLoss, CSRReconstructionLoss, type Features } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { type Mutant, stepwise, type Topic, withLosses, wrongDefault } from './mutant.js';
import { untracked } from './untracked.js';

interface Outputs {
  readonly x: tf.Tensor2D;
  readonly k: tf.Tensor2D;
  readonly fourK: tf.Tensor2D;
  readonly aux: tf.Tensor2D | null;
  readonly withoutBias: tf.Tensor2D;
}

interface Steps {
  readonly weights: (beta: number) => readonly [k: number, fourK: number, aux: number];
  readonly columns: (outputs: Outputs[]) => Outputs[];
  readonly overColumns: (terms: tf.Tensor[]) => tf.Tensor;
  readonly square: (difference: tf.Tensor) => tf.Tensor;
  readonly auxTarget: (outputs: Outputs) => tf.Tensor;
  /** The auxiliary term of a column without reconstruction from dead latents. */
  readonly withoutAux: (outputs: Outputs) => tf.Tensor;
  readonly variance: (target: tf.Tensor) => tf.Tensor;
  readonly normalizer: (variance: tf.Tensor) => tf.Tensor;
}

const meanSquare = (difference: tf.Tensor): tf.Tensor => difference.square().mean();
/** Takes the root first: tfjs's derivative of a quotient squares the divisor, which underflows. */
const normalized = (difference: tf.Tensor, divisor: tf.Tensor): tf.Tensor =>
  meanSquare(difference.div(divisor.sqrt()));

const fromMean = (target: tf.Tensor): tf.Tensor => target.sub(target.mean(0, true));

const areRowsEqual = (target: tf.Tensor): tf.Tensor => target.equal(target.slice([0], [1])).all();

/** 1 if there is no variance to divide by. */
const orOne = (variance: tf.Tensor): tf.Tensor =>
  tf.where(
    untracked(variance, (v) => v.equal(0)),
    tf.onesLike(variance),
    variance,
  );

const RIGHT: Steps = {
  weights: (beta) => [1, 1 / 8, beta],
  columns: (outputs) => outputs,
  overColumns: (terms) => tf.addN(terms).div(terms.length),
  square: meanSquare,
  auxTarget: ({ x, withoutBias }) => x.sub(detach(withoutBias)),
  withoutAux: () => tf.scalar(0),
  variance: (target) => tf.where(untracked(target, areRowsEqual), tf.scalar(0), meanSquare(fromMean(target))),
  normalizer: orOne,
};

function restate(wrong: Partial<Steps>): typeof CSRReconstructionLoss {
  const steps = { ...RIGHT, ...wrong };
  return class extends CSRReconstructionLoss {
    override computeLossFromEmbeddings(features: readonly Features[]): Record<string, tf.Scalar> {
      return tf.tidy(() => {
        const columns = steps.columns(features.map(outputsOf));
        const terms = [
          columns.map(({ x, k }) => steps.square(x.sub(k))),
          columns.map(({ x, fourK }) => steps.square(x.sub(fourK))),
          columns.map((column) => auxiliary(steps, column)),
        ];
        const weights = steps.weights(this.beta);
        const [k, fourK, aux] = terms.map((term, i) => steps.overColumns(term).mul(weights[i] ?? 1));
        return {
          reconstruction_loss_k: k as tf.Scalar,
          reconstruction_loss_4k: fourK as tf.Scalar,
          reconstruction_loss_aux: aux as tf.Scalar,
        };
      });
    }
  };
}

function auxiliary(steps: Steps, column: Outputs): tf.Tensor {
  if (column.aux === null) return steps.withoutAux(column);
  const target = steps.auxTarget(column);
  return normalized(column.aux.sub(target), steps.normalizer(steps.variance(target)));
}

function outputsOf(features: Features): Outputs {
  return {
    x: features.sentenceEmbeddingBackbone,
    k: features.decodedEmbeddingK,
    fourK: features.decodedEmbedding4k,
    aux: features.decodedEmbeddingAux,
    withoutBias: features.decodedEmbeddingKPreBias,
  } as Outputs;
}

const TOPIC = stepwise('CSRReconstructionLoss', restate, {
  'eighth-missing': { what: 'the 4k term is not divided by 8', steps: { weights: (beta) => [1, 1, beta] } },
  'eighth-on-k': {
    what: 'the k term is divided by 8, not the 4k term',
    steps: { weights: (beta) => [1 / 8, 1, beta] },
  },
  'beta-on-all-terms': {
    what: 'beta weighs all terms',
    steps: { weights: (beta) => [beta, beta / 8, beta] },
  },
  'beta-missing': { what: 'beta is ignored', steps: { weights: () => [1, 1 / 8, 1] } },
  'sum-over-dimensions': {
    what: 'squares are summed over the dimensions',
    steps: { square: (difference) => difference.square().sum(1).mean() },
  },
  'absolute-difference': {
    what: 'absolute differences instead of squares',
    steps: { square: (difference) => difference.abs().mean() },
  },
  'first-column': {
    what: 'only the first column counts',
    steps: { columns: (outputs) => outputs.slice(0, 1) },
  },
  'sum-over-columns': {
    what: 'columns are summed instead of averaged',
    steps: { overColumns: (terms) => tf.addN(terms) },
  },
  'k-swapped': {
    what: 'the k and 4k reconstructions are swapped',
    steps: { columns: (outputs) => outputs.map((o) => ({ ...o, k: o.fourK, fourK: o.k })) },
  },
  'backbone-detached': {
    what: 'no gradient into the dense embedding',
    steps: { columns: (outputs) => outputs.map((o) => ({ ...o, x: detach(o.x) })) },
  },
  'pre-bias-not-detached': {
    what: 'the gradient flows through the reconstruction without bias',
    steps: { auxTarget: ({ x, withoutBias }) => x.sub(withoutBias) },
  },
  'target-with-bias': {
    what: 'the target of the auxiliary term is what k leaves, bias included',
    steps: { auxTarget: ({ x, k }) => x.sub(detach(k)) },
  },
  'target-whole': {
    what: 'the dead latents must reconstruct the whole embedding',
    steps: { auxTarget: ({ x }) => x },
  },
  'no-aux-is-zeros': {
    what: 'a missing auxiliary reconstruction counts as zeros',
    steps: {
      withoutAux: (column) => {
        const target = RIGHT.auxTarget(column);
        return normalized(target, orOne(RIGHT.variance(target)));
      },
    },
  },
  'not-normalized': {
    what: 'mse instead of nmse',
    steps: { normalizer: (variance) => tf.onesLike(variance) },
  },
  'variance-detached': {
    what: 'the divisor passes no gradient',
    steps: { normalizer: (variance) => detach(orOne(variance)) },
  },
  'variance-unbiased': {
    what: 'the variance is divided by B - 1',
    steps: {
      variance: (target) => {
        const batch = target.shape[0] ?? 1;
        return RIGHT.variance(target).mul(batch / Math.max(1, batch - 1));
      },
    },
  },
  'variance-over-all': {
    what: 'the variance is taken around one mean of all entries',
    steps: { variance: (target) => meanSquare(target.sub(target.mean())) },
  },
  'variance-over-dimensions': {
    what: 'the variance is taken along each row',
    steps: { variance: (target) => meanSquare(target.sub(target.mean(1, true))) },
  },
  'second-moment': {
    what: 'the divisor is the mean square, not the variance',
    steps: { variance: (target) => meanSquare(target) },
  },
  'variance-of-equal-rows': {
    what: 'equal rows have the variance that rounding leaves them',
    steps: { variance: (target) => meanSquare(fromMean(target)) },
  },
  'variance-floor': {
    what: 'the divisor is the variance + 1e-8 instead of 1 where there is none',
    steps: { normalizer: (variance) => variance.add(1e-8) },
  },
});

/** The mutant also takes part wherever a CSRLoss reconstructs with it. */
function alsoInCSRLoss(mutant: Mutant): Mutant {
  const Reconstruction = mutant.implementation.losses[
    'CSRReconstructionLoss'
  ] as typeof CSRReconstructionLoss;
  class WithReconstruction extends CSRLoss {
    override readonly reconstructionLoss = new Reconstruction(this.model, { beta: this.beta });
  }
  return {
    ...mutant,
    implementation: withLosses({ CSRReconstructionLoss: Reconstruction, CSRLoss: WithReconstruction }),
    cells: ({ loss, wrapper, stratum }) =>
      (loss === 'CSRReconstructionLoss' || wrapper === 'CSRLoss') && !stratum.startsWith('bad-input'),
  };
}

export const CSR_RECONSTRUCTION: Topic = {
  mutants: [...TOPIC.mutants.map(alsoInCSRLoss), wrongDefault('CSRReconstructionLoss', 'beta', 0.1)],
  controls: TOPIC.controls.map(alsoInCSRLoss),
};

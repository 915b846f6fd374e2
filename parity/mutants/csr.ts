import { CSRLoss, CSRReconstructionLoss, type Features, lossComponents } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic, wrongDefault } from './mutant.js';

type Components = Record<string, tf.Scalar>;

interface Steps {
  readonly reconstruction: (loss: CSRLoss, outputs: readonly Features[]) => Components;
  readonly embedding: (output: Features) => tf.Tensor;
  readonly base: (loss: CSRLoss, components: Components) => Components;
  readonly join: (reconstruction: Components, base: Components) => Components;
}

const times = (components: Components, weight: number): Components =>
  Object.fromEntries(Object.entries(components).map(([name, value]) => [name, value.mul<tf.Scalar>(weight)]));

const RIGHT: Steps = {
  reconstruction: (loss, outputs) => loss.reconstructionLoss.computeLossFromEmbeddings(outputs),
  embedding: (output) => output.sentenceEmbedding as tf.Tensor,
  base: (loss, components) => times(components, loss.gamma),
  join: (reconstruction, base) => ({ ...reconstruction, ...base }),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends CSRLoss {
    override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): Components {
      return tf.tidy(() => {
        const outputs = sentenceFeatures.map((features) => this.model.forward(features));
        const embeddings = outputs.map(steps.embedding) as tf.Tensor2D[];
        const base = lossComponents(this.loss.computeLossFromEmbeddings(embeddings, labels));
        return steps.join(steps.reconstruction(this, outputs), steps.base(this, base));
      });
    }
  };
}

const TOPIC = stepwise('CSRLoss', restate, {
  'gamma-missing': { what: 'gamma is ignored', steps: { base: (_, components) => components } },
  'gamma-squared': {
    what: 'gamma is applied twice',
    steps: { base: (loss, components) => times(components, loss.gamma ** 2) },
  },
  'gamma-on-reconstruction': {
    what: 'gamma weighs the reconstruction, too',
    steps: { reconstruction: (loss, outputs) => times(RIGHT.reconstruction(loss, outputs), loss.gamma) },
  },
  'gamma-on-first-component': {
    what: 'of a base loss with several components only the first is weighed',
    steps: {
      base: (loss, components) =>
        Object.fromEntries(
          Object.entries(components).map(([name, value], i) => [
            name,
            i === 0 ? value.mul(loss.gamma) : value,
          ]),
        ),
    },
  },
  'beta-lost': {
    what: 'the reconstruction has its own default of beta',
    steps: {
      reconstruction: (loss, outputs) =>
        new CSRReconstructionLoss(loss.model).computeLossFromEmbeddings(outputs),
    },
  },
  'base-without-gradient': {
    what: 'the base loss does not train the embedding',
    steps: { embedding: (output) => detach(output.sentenceEmbedding as tf.Tensor) },
  },
  'first-column-reconstructed': {
    what: 'only the first column is reconstructed',
    steps: { reconstruction: (loss, outputs) => RIGHT.reconstruction(loss, outputs.slice(0, 1)) },
  },
  'base-first': {
    what: 'the base loss stands before the reconstruction',
    steps: { join: (reconstruction, base) => ({ ...base, ...reconstruction }) },
  },
  'components-added': {
    what: 'one component, the total, instead of named ones',
    steps: {
      join: (reconstruction, base) => ({
        loss: tf.addN([...Object.values(reconstruction), ...Object.values(base)]),
      }),
    },
  },
});

export const CSR: Topic = {
  ...TOPIC,
  mutants: [...TOPIC.mutants, wrongDefault('CSRLoss', 'beta', 1)],
};

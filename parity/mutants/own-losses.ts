import type { EmbeddingColumns } from '../../src/api/losses.js';
import { tf } from '../../src/tf.js';
import { L1Regularizer, LogisticMarginLoss } from '../custom-losses.js';
import { lossMutant, type Mutant, type Topic } from './mutant.js';

/* Wrong variants of a user's own loss and regularizer. The comparison has to catch mistakes in those as well. */

class NaiveSoftplus extends LogisticMarginLoss {
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns): Record<string, tf.Scalar> {
    const [anchor, positive, negative] = embeddings as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return tf.tidy(() => {
      const lead = anchor.mul(negative.sub(positive)).sum(1).mul(this.scale);
      const { score_size_loss: size } = super.computeLossFromEmbeddings(embeddings);
      return { ranking_loss: lead.exp().add(1).log().mean<tf.Scalar>(), score_size_loss: size as tf.Scalar };
    });
  }
}

class SizeForgotten extends LogisticMarginLoss {
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns): Record<string, tf.Scalar> {
    const { ranking_loss: ranking } = super.computeLossFromEmbeddings(embeddings);
    return { ranking_loss: ranking as tf.Scalar };
  }
}

class TfjsAbs extends L1Regularizer {
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    return tf.tidy(() => tf.abs(embeddings).sum(1).mean<tf.Scalar>());
  }
}

class SumOfRows extends L1Regularizer {
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    return tf.tidy(() => super.computeLossFromEmbeddings(embeddings).mul<tf.Scalar>(embeddings.shape[0]));
  }
}

/** A regularizer takes part if a wrapper's option names it. */
const regularizer = (mutant: Mutant): Mutant => ({
  ...mutant,
  cells: ({ wrapperOptions }) => Object.values(wrapperOptions).includes(mutant.loss),
});

export const OWN_LOSSES: Topic = {
  mutants: [
    lossMutant(
      'LogisticMarginLoss',
      'naive-softplus',
      'log(1 + exp) as it stands, which overflows',
      NaiveSoftplus,
    ),
    lossMutant('LogisticMarginLoss', 'component-forgotten', 'the second component is missing', SizeForgotten),
    regularizer(
      lossMutant(
        'L1Regularizer',
        'tfjs-abs',
        'the absolute value of tfjs, whose gradient at 0 is -1',
        TfjsAbs,
      ),
    ),
    regularizer(lossMutant('L1Regularizer', 'sum', 'sum over the rows instead of the mean', SumOfRows)),
  ],
  controls: [],
};

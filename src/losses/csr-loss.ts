import { OptionError } from '../errors.js';
import type { EmbeddingModel, Features } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import { computesFromEmbeddings, nullable, number, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { baseComponents, checkBaseLoss } from './base-loss.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { checkFeatures, sentenceEmbedding } from './inputs.js';
import type { LabelValues } from './label-values.js';
import { type BaseLoss, Loss } from './loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';

export interface CSRLossOptions {
  /** The base loss. Default: SparseMultipleNegativesRankingLoss. */
  loss?: BaseLoss | null;
  /** Weight of the auxiliary reconstruction. Default 0.1. */
  beta?: number;
  /** Weight of the base loss. Default 1. */
  gamma?: number;
}

const OPTIONS: OptionRules<Required<CSRLossOptions>> = {
  loss: nullable(computesFromEmbeddings<BaseLoss>('a loss')),
  beta: number(0.1),
  gamma: number(1),
};

/**
 * Contrastive sparse representation: a sparse auto-encoder on a dense encoder learns to reconstruct and to rank.
 *
 *     reconstruction_loss_k + reconstruction_loss_4k + reconstruction_loss_aux + gamma base_loss
 *
 * The components are those of CSRReconstructionLoss, then `base_loss` (or those of the base loss), times gamma.
 *
 * @see Wen et al., Beyond Matryoshka: Revisiting Sparse Coding for Adaptive Representation (2025), https://arxiv.org/abs/2503.01776
 */
export class CSRLoss extends Loss {
  readonly loss: BaseLoss;
  readonly beta: number;
  readonly gamma: number;
  readonly reconstructionLoss: CSRReconstructionLoss;

  /** @throws OptionError for unknown options, options of the wrong type, or a base loss that cannot be one */
  constructor(model: EmbeddingModel, options?: CSRLossOptions) {
    super(model);
    const resolved = resolveOptions<Required<CSRLossOptions>>('CSRLoss', OPTIONS, options);
    this.loss = resolved.loss ?? new SparseMultipleNegativesRankingLoss(model);
    checkBaseLoss('CSRLoss', this.loss);
    this.beta = resolved.beta;
    this.gamma = resolved.gamma;
    this.reconstructionLoss = new CSRReconstructionLoss(model, { beta: resolved.beta });
  }

  /**
   * @param sentenceFeatures one entry per column
   * @param labels passed to the base loss
   * @returns named scalars whose sum is the loss
   * @throws InputError if the base loss refuses its input, or the model lacks the outputs of a sparse auto-encoder
   */
  override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): Record<string, tf.Scalar> {
    checkFeatures('CSRLoss', sentenceFeatures);
    return tf.tidy(() => {
      const outputs = sentenceFeatures.map((features) => this.model.forward(features));
      const embeddings = outputs.map((output, column) => sentenceEmbedding('CSRLoss', output, column));
      // The base loss comes first because it checks the labels. Its components still come last.
      const base = baseComponents('CSRLoss', this.loss, embeddings, labels);
      const components = this.reconstructionLoss.computeLossFromEmbeddings(outputs);
      for (const [component, value] of Object.entries(base)) {
        if (component in components) {
          throw new OptionError(
            `CSRLoss: the base loss has a component "${component}", which is the name of a reconstruction term; ` +
              `give the base loss's component another name`,
          );
        }
        components[component] = value.mul(hostScalar(() => this.gamma));
      }
      return components;
    });
  }

  /** As the base loss. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    this.loss.checkLabelValues?.(values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return { beta: this.beta, gamma: this.gamma, loss: this.loss.constructor.name };
  }

  override get citation(): string {
    return `
@misc{wen2025matryoshkarevisitingsparsecoding,
      title={Beyond Matryoshka: Revisiting Sparse Coding for Adaptive Representation},
      author={Tiansheng Wen and Yifei Wang and Zequn Zeng and Zhong Peng and Yudi Su and Xinyang Liu and Bo Chen and Hongwei Liu and Stefanie Jegelka and Chenyu You},
      year={2025},
      eprint={2503.01776},
      archivePrefix={arXiv},
      primaryClass={cs.LG},
      url={https://arxiv.org/abs/2503.01776},
}
`;
  }
}

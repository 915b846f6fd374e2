import type * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../features.js';
import { countFrom, flag, nullable, type OptionRules, resolveOptions } from '../options.js';
import { cachedComponents } from './gradient-cache.js';
import { SPLADE_OPTIONS, SpladeLoss, type SpladeLossOptions } from './splade-loss.js';

export interface CachedSpladeLossOptions extends SpladeLossOptions {
  /** The number of rows to embed at a time. Default 32. */
  miniBatchSize?: number;
  /** The number of tokens to embed at a time, instead of rows. See `withTokenCounts`. Default null. */
  miniBatchNumTokens?: number | null;
  /** Shows the progress of embedding on a terminal. Default false. */
  showProgressBar?: boolean;
}

const CACHE_OPTIONS: OptionRules<
  Required<Pick<CachedSpladeLossOptions, 'miniBatchSize' | 'miniBatchNumTokens' | 'showProgressBar'>>
> = {
  miniBatchSize: countFrom(1, 32),
  miniBatchNumTokens: nullable(countFrom(1)),
  showProgressBar: flag(false),
};

const NAME = 'CachedSpladeLoss';

/**
 * SpladeLoss for batches whose activations do not fit into memory: it embeds in mini-batches and keeps only embeddings
 * and their gradients (see `cachedComponents`). For every mini-batch size, values and gradients equal those of
 * SpladeLoss.
 */
export class CachedSpladeLoss extends SpladeLoss {
  readonly miniBatchSize: number;
  readonly miniBatchNumTokens: number | null;
  readonly showProgressBar: boolean;

  /** @throws OptionError as SpladeLoss, and if a mini-batch has less than one row or token */
  constructor(model: EmbeddingModel, options: CachedSpladeLossOptions) {
    const all = resolveOptions<Required<CachedSpladeLossOptions>>(
      NAME,
      { ...SPLADE_OPTIONS, ...CACHE_OPTIONS },
      options,
    );
    const { miniBatchSize, miniBatchNumTokens, showProgressBar, ...splade } = all;
    super(model, splade);
    this.miniBatchSize = miniBatchSize;
    this.miniBatchNumTokens = miniBatchNumTokens;
    this.showProgressBar = showProgressBar;
  }

  /**
   * As SpladeLoss, but the backward pass embeds every mini-batch a second time.
   *
   * @throws InputError as SpladeLoss; if a token budget has no attention mask; and, in the backward pass, if the loss
   *   does not use a column
   */
  override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): Record<string, tf.Scalar> {
    this.checkColumns(sentenceFeatures);
    return cachedComponents({
      loss: NAME,
      model: this.model,
      features: sentenceFeatures,
      size: { rows: this.miniBatchSize, tokens: this.miniBatchNumTokens },
      labels,
      components: (embeddings, kept) => this.componentsOf(embeddings, kept),
      onMiniBatch: this.showProgressBar ? progressLine() : () => undefined,
    });
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      ...super.getConfigDict(),
      mini_batch_size: this.miniBatchSize,
      mini_batch_num_tokens: this.miniBatchNumTokens,
    };
  }

  override get citation(): string {
    return `
@misc{gao2021scaling,
    title={Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup},
    author={Luyu Gao and Yunyi Zhang and Jiawei Han and Jamie Callan},
    year={2021},
    eprint={2101.06983},
    archivePrefix={arXiv},
    primaryClass={cs.LG}
}
@misc{formal2022distillationhardnegativesampling,
    title={From Distillation to Hard Negative Sampling: Making Sparse Neural IR Models More Effective},
    author={Thibault Formal and Carlos Lassance and Benjamin Piwowarski and St\\'ephane Clinchant},
    year={2022},
    eprint={2205.04733},
    archivePrefix={arXiv},
    primaryClass={cs.IR},
}
`;
  }
}

/** Counts embedded mini-batches on one terminal line, including those of the backward pass. */
function progressLine(): () => void {
  const stream = typeof process === 'undefined' ? undefined : process.stderr;
  if (stream?.isTTY !== true || process.env['CI'] !== undefined) return () => undefined;
  let done = 0;
  return () => {
    done += 1;
    stream.write(`\rEmbedding mini-batch ${done}`);
  };
}

import { InputError } from '../errors.js';
import { documentFrequencyWeights } from '../losses/term-weights.js';
import { WeightedFlopsLoss } from '../losses/weighted-flops-loss.js';
import { areStrings, countFrom, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { documentFrequencies } from '../sparse/document-frequencies.js';
import type { CallbackContext, TrainerCallback } from './callbacks.js';

export interface DocumentFrequencyOptions {
  /** Documents that stand for the corpus. Required. */
  readonly documents: readonly string[];
  /** Their terms are counted anew after this many steps. Default 100. */
  readonly everySteps?: number;
  /** The weights of a regularizer, from how many of the documents have each dimension. Default: `documentFrequencyWeights`. */
  readonly weightsOf?: (frequencies: Uint32Array, documents: number) => ArrayLike<number>;
}

const RULES: OptionRules<Required<DocumentFrequencyOptions>> = {
  documents: {
    expects: 'a list of at least one text',
    accepts: (value) => areStrings(value) && value.length > 0,
  },
  everySteps: countFrom(1, 100),
  weightsOf: {
    default: documentFrequencyWeights,
    expects: 'a function of frequencies and the number of documents',
    accepts: (value) => typeof value === 'function',
  },
};

const A_LOSS: OptionRule<WeightedFlopsLoss> = {
  expects: 'a WeightedFlopsLoss',
  accepts: (value) => value instanceof WeightedFlopsLoss,
};

/**
 * Sets the weights of a WeightedFlopsLoss by how many documents have each dimension, at the beginning and again while the
 * model learns. This is DF-FLOPS.
 *
 *     const regularizer = new WeightedFlopsLoss(model, { weights: new Float32Array(model.dimension).fill(1) });
 *     callbacks: [new DocumentFrequencyCallback(regularizer, { documents: texts.slice(0, 1_000) })];
 */
export class DocumentFrequencyCallback implements TrainerCallback {
  readonly name = 'DocumentFrequencyCallback';
  readonly #loss: WeightedFlopsLoss;
  readonly #options: Required<DocumentFrequencyOptions>;
  /** How many documents had each dimension when they were last counted. */
  #frequencies: Uint32Array | undefined;

  /** @throws OptionError for anything but a WeightedFlopsLoss, and for options that are unknown or out of range */
  constructor(loss: WeightedFlopsLoss, options: DocumentFrequencyOptions) {
    this.#loss = resolveOptions('DocumentFrequencyCallback', { loss: A_LOSS }, { loss }).loss;
    this.#options = resolveOptions<Required<DocumentFrequencyOptions>>(
      'DocumentFrequencyCallback',
      RULES,
      options,
    );
  }

  onTrainBegin = async (context: CallbackContext): Promise<void> => {
    // A resumed run goes on with the weights of its checkpoint.
    if (this.#frequencies === undefined) await this.#count(context);
    else this.#setWeights(this.#frequencies);
  };

  onStepEnd = async (context: CallbackContext): Promise<void> => {
    if (context.state.globalStep % this.#options.everySteps === 0) await this.#count(context);
  };

  state = (): number[] => Array.from(this.#frequencies ?? []);

  load = (state: unknown): void => {
    if (!Array.isArray(state) || !state.every((each) => Number.isSafeInteger(each) && each >= 0)) {
      throw new InputError('the state of DocumentFrequencyCallback is not a list of whole numbers');
    }
    this.#frequencies = state.length === 0 ? undefined : Uint32Array.from(state);
  };

  async #count({ model }: CallbackContext): Promise<void> {
    const mode = model.mode;
    model.mode = 'eval';
    try {
      const embeddings = await model.encodeDocument(this.#options.documents, { showProgressBar: false });
      this.#setWeights(documentFrequencies(embeddings));
    } finally {
      model.mode = mode;
    }
  }

  #setWeights(frequencies: Uint32Array): void {
    this.#frequencies = frequencies;
    this.#loss.setWeights(this.#options.weightsOf(frequencies, this.#options.documents.length));
  }
}

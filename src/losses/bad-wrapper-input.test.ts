import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type BaseLoss,
  CachedSpladeLoss,
  CSRLoss,
  CSRReconstructionLoss,
  FlopsLoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../api/losses.js';
import type { EmbeddingModel, Features } from '../features.js';
import { autoEncoderModel, featuresOf, passThroughModel } from '../testing/models.js';
import { refusalOf } from '../testing/refusal.js';

const model = passThroughModel();
const ranking = new SparseMultipleNegativesRankingLoss(model);
const weights = { documentRegularizerWeight: 1, queryRegularizerWeight: 1 };
const matrix = tf.tensor2d([
  [1, 2, 3],
  [4, 5, 6],
]);
const twoColumns = featuresOf([matrix, matrix]);

const wrappers = {
  SpladeLoss: (encoder: EmbeddingModel, loss: BaseLoss = ranking) =>
    new SpladeLoss(encoder, { loss, ...weights }),
  CachedSpladeLoss: (encoder: EmbeddingModel, loss: BaseLoss = ranking) =>
    new CachedSpladeLoss(encoder, { loss, ...weights }),
  CSRLoss: (encoder: EmbeddingModel, loss: BaseLoss = ranking) => new CSRLoss(encoder, { loss }),
};
const each = Object.entries(wrappers).map(([name, create]) => ({ name, create }));
const splades = each.filter(({ name }) => name !== 'CSRLoss');
const embedders = [
  ...each,
  { name: 'SparseMSELoss', create: (encoder: EmbeddingModel) => new SparseMSELoss(encoder) },
];

describe.each(embedders)('$name refuses', ({ name, create }) => {
  it('features that are not columns, before it embeds', () => {
    const given = (features: unknown) => refusalOf(() => create(model).forward(features as Features[]));
    const says = new RegExp(`^InputError: ${name}: sentenceFeatures are .*; expected an array[^|]*$`);
    for (const features of [undefined, {}, matrix, []]) expect(given(features)).toMatch(says);
  });

  it('a model that gives no embedding, or one of another kind', () => {
    const withEmbedding = (embedding: unknown) =>
      refusalOf(() => create({ forward: () => embedding as Features }).forward(twoColumns));
    const of = (says: RegExp) => new RegExp(`^InputError: ${name}: ${says.source}`);
    expect(withEmbedding({})).toMatch(
      of(/the model's sentenceEmbedding of column 0 is undefined; expected a tensor/),
    );
    expect(withEmbedding(undefined)).toMatch(of(/model\.forward gave undefined for column 0/));
    expect(withEmbedding({ sentenceEmbedding: [[1]] })).toMatch(of(/.* is \[\[1\]\]; expected a tensor/));
    expect(withEmbedding({ sentenceEmbedding: tf.zeros([2, 2, 2]) })).toMatch(
      of(/.* float32 of shape \[2, 2, 2\]; expected float32 \[batch, dimensions\]/),
    );
  });
});

describe.each(splades)('$name refuses', ({ name, create }) => {
  it('one column, before it embeds, and says what would take one', () => {
    const embedded: Features[] = [];
    const watching: EmbeddingModel = {
      forward: (features) => {
        embedded.push(features);
        return features;
      },
    };
    expect(refusalOf(() => create(watching).forward(featuresOf([matrix])))).toMatch(
      new RegExp(
        `^InputError: ${name}: got 1 column; expected queries and .* or useDocumentRegularizerOnly[^|]*$`,
      ),
    );
    expect(embedded).toEqual([]);
  });

  it.each(['document_regularizer_loss', 'query_regularizer_loss'])(
    'a base loss with a component %s',
    (component) => {
      const colliding: BaseLoss = { computeLossFromEmbeddings: () => ({ [component]: tf.scalar(1) }) };
      expect(refusalOf(() => create(model, colliding).forward(twoColumns))).toMatch(
        new RegExp(`^OptionError: ${name}: the base loss already has a component "${component}"`),
      );
    },
  );

  it('input that its base loss refuses, with the name of the base loss', () => {
    const uneven = featuresOf([matrix, tf.zeros([2, 4])]);
    expect(refusalOf(() => create(model).forward(uneven))).toMatch(
      /^InputError: SparseMultipleNegativesRankingLoss: embeddings\[0\] has shape/,
    );
  });
});

describe('CSRLoss refuses', () => {
  it.each(['reconstruction_loss_k', 'reconstruction_loss_aux'])(
    'a base loss with a component %s',
    (component) => {
      const colliding: BaseLoss = { computeLossFromEmbeddings: () => ({ [component]: tf.scalar(1) }) };
      expect(refusalOf(() => wrappers.CSRLoss(autoEncoderModel(), colliding).forward(twoColumns))).toMatch(
        new RegExp(`^OptionError: CSRLoss: the base loss has a component "${component}"`),
      );
    },
  );

  it('a model without the outputs of a sparse auto-encoder', () => {
    expect(refusalOf(() => wrappers.CSRLoss(model).forward(twoColumns))).toMatch(
      /^InputError: CSRReconstructionLoss: sentenceEmbeddingBackbone of column 0 is undefined; expected a tensor/,
    );
  });
});

describe('CSRReconstructionLoss refuses, before it computes anything,', () => {
  const output: Features = {
    sentenceEmbeddingBackbone: matrix,
    decodedEmbeddingK: matrix,
    decodedEmbedding4k: matrix,
    decodedEmbeddingAux: null,
    decodedEmbeddingKPreBias: matrix,
  };
  const given = (outputs: unknown) =>
    refusalOf(() => new CSRReconstructionLoss(model).computeLossFromEmbeddings(outputs as Features[]));

  it('no outputs', () => {
    for (const outputs of [[], undefined, output]) {
      expect(given(outputs)).toMatch(
        /^InputError: CSRReconstructionLoss: outputs are .*; expected the model's output[^|]*$/,
      );
    }
  });

  it.each([
    'sentenceEmbeddingBackbone',
    'decodedEmbeddingK',
    'decodedEmbedding4k',
    'decodedEmbeddingAux',
    'decodedEmbeddingKPreBias',
  ])('outputs without %s, or with another shape', (key) => {
    expect(given([output, { ...output, [key]: undefined }])).toMatch(
      new RegExp(
        `^InputError: CSRReconstructionLoss: ${key} of column 1 is undefined; expected a tensor[^|]*$`,
      ),
    );
    expect(given([{ ...output, [key]: matrix.as1D() }])).toMatch(
      new RegExp(`${key} of column 0 is float32 of shape \\[6\\]; expected float32 \\[batch, dimensions\\]`),
    );
  });

  it('a reconstruction of another width than the embedding', () => {
    expect(given([{ ...output, decodedEmbeddingK: tf.zeros([2, 4]) }])).toMatch(
      /decodedEmbeddingK of column 0 has shape \[2, 4\]; expected \[2, 3\] like sentenceEmbeddingBackbone$/,
    );
  });
});

describe('FlopsLoss refuses, before it computes anything,', () => {
  it.each([
    { what: 'plain arrays', embeddings: [[1, 2]], says: /is \[\[1, 2\]\]; expected a tensor/ },
    { what: 'nothing', embeddings: undefined, says: /is undefined; expected a tensor/ },
    { what: 'int32', embeddings: matrix.toInt(), says: /is int32 of shape \[2, 3\]; expected float32/ },
    { what: 'a vector', embeddings: tf.zeros([3]), says: /is float32 of shape \[3\]; expected float32/ },
    {
      what: 'no rows',
      embeddings: tf.zeros([0, 3]),
      says: /has shape \[0, 3\]: the batch is empty; expected a row/,
    },
  ])('$what', ({ embeddings, says }) => {
    const refusal = refusalOf(() =>
      new FlopsLoss(model).computeLossFromEmbeddings(embeddings as tf.Tensor2D),
    );
    expect(refusal).toMatch(new RegExp(`^InputError: FlopsLoss: the embedding matrix ${says.source}[^|]*$`));
  });
});

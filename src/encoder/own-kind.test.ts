import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { OptionError, UsageError } from '../errors.js';
import { exportOnnx } from '../export/export-onnx.js';
import { QUERY_WEIGHTS_FILE } from '../export/query-weights.js';
import type { Features } from '../features.js';
import type { ForwardOptions, Module, ModuleKind } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import { queryDocumentRouter } from '../modules/router.js';
import { tokenLogits } from '../modules/splade-pooling.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { loadMaskedLanguageModel, modelFixture } from '../testing/new-encoders.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { loadTransformer } from './load-transformer.js';
import { SparseEncoder } from './sparse-encoder.js';

const TERMS = 300;
const TEXTS = ['a cloud of particles', 'the handle of a sword'];

/** A kind that this package does not know. All that it knows about the kind is declared here. */
const topTermsKind: ModuleKind<{ terms: number }> = {
  name: 'TopTerms',
  path: 'somebody.elses.modules',
  configFile: 'config.json',
  readConfig: (json) => json as { terms: number },
  parameters: () => [],
  create: ({ terms }, parameters) => ({
    kind: topTermsKind,
    parameters,
    dimension: terms,
    config: () => ({ terms }),
    forward: topTerms,
  }),
  flow: ({ terms }) => ({
    takes: 'token_embeddings',
    makes: 'sentence_embedding',
    inputWidth: { key: 'terms', value: Number(terms) },
    activeDims: { own: 3, most: Number(terms) },
  }),
  family: { title: 'Encoder of a few terms', tag: 'top-terms', rank: 4 },
  takesLogits: true,
};

function topTerms(features: Features, { maxActiveDims = 3 }: ForwardOptions): Features {
  const sentenceEmbedding = tf.tidy(() => {
    const weights = tokenLogits(features).max(1).relu();
    const least = tf.topk(weights, maxActiveDims).values.slice([0, maxActiveDims - 1], [-1, 1]);
    return tf.where(weights.greaterEqual(least), weights, tf.scalar(0));
  });
  return { ...features, sentenceEmbedding };
}

const topTermsOf = (terms: number): Module => topTermsKind.create({ terms }, new Parameters(new Map()));

/** A weight for each token, under another name. */
function tokenTable(tokenizer: Tokenizer): Module {
  const kind: ModuleKind<null> = {
    name: 'TokenTable',
    path: 'somebody.elses.modules',
    configFile: 'config.json',
    readConfig: () => null,
    parameters: () => [],
    create: () => table,
    flow: () => ({ makes: 'sentence_embedding' }),
    tokenWeights: 'table',
  };
  const weights = tf.variable(tf.ones([TERMS]).mul(2));
  const table: Module = {
    kind,
    parameters: new Parameters(new Map([['table', weights]])),
    tokenizer,
    input: { addSpecialTokens: false, maxPositions: Infinity, isFixed: true },
    dimension: TERMS,
    config: () => ({}),
    forward: ({ inputIds, attentionMask, ...rest }) => ({
      ...rest,
      sentenceEmbedding: tf.tidy(() =>
        tf
          .oneHot((inputIds as tf.Tensor).toInt(), TERMS)
          .toFloat()
          .mul((attentionMask as tf.Tensor).toFloat().expandDims(2))
          .max(1)
          .mul(weights),
      ),
    }),
  };
  return table;
}

describe("a user's own kind of module, by what it states,", () => {
  beforeAll(() => setEngine('onnx'));

  test('is checked against the modules before it', async () => {
    const place = 'SparseEncoder.fromModules: module 1, TopTerms,';
    const cases: [Module[], string][] = [
      [
        [await loadTransformer(modelFixture('encoder-checkpoint')), topTermsOf(TERMS)],
        `${place} takes logits, and the Transformer before it has the transformer_task "feature-extraction"; expected "fill-mask"`,
      ],
      [
        [await loadMaskedLanguageModel(), topTermsOf(7)],
        `${place} has the terms 7; expected ${TERMS}, the width from the module before it`,
      ],
      [
        [tokenTable((await loadMaskedLanguageModel()).tokenizer), topTermsOf(TERMS)],
        `${place} takes token embeddings, which no module before it makes; expected a Transformer before it`,
      ],
    ];
    for (const [modules, told] of cases) {
      expect(() => SparseEncoder.fromModules(modules)).toThrow(new UsageError(told));
    }
  });

  test('limits active dimensions, heads the card, and is exported', async () => {
    const transformer = await loadMaskedLanguageModel();
    const modules = [transformer, topTermsOf(TERMS)];
    expect(() => SparseEncoder.fromModules(modules, { maxActiveDims: TERMS + 1 })).toThrow(
      new OptionError(
        `SparseEncoder: maxActiveDims is ${TERMS + 1}; expected at most ${TERMS}, the latents of the model's TopTerms`,
      ),
    );
    const encoder = SparseEncoder.fromModules(modules);
    expect(encoder.maxActiveDims).toBe(3);
    const { indices } = await encoder.encode(TEXTS);
    expect(indices).toHaveLength(3 * TEXTS.length);

    const saved = join(temporaryFolder(), 'saved');
    await encoder.save(saved);
    const card = readFileSync(join(saved, 'README.md'), 'utf8');
    expect(card).toContain('\n- top-terms\n');
    expect(card).toContain('\n# Encoder of a few terms\n');
    expect(card).toContain(`TopTerms(terms=${TERMS})`);

    const output = join(temporaryFolder(), 'exported');
    const { verdict, files } = await exportOnnx(encoder, { output, format: 'all' });
    expect(verdict).toBe('passed');
    expect(files.map(({ outputs }) => outputs)).toContain('logits');
    await encoder.dispose();
  });

  test('gives the weights of queries where it is nothing else', async () => {
    const transformer = await loadMaskedLanguageModel();
    const encoder = SparseEncoder.fromModules([
      queryDocumentRouter({
        queryModules: [tokenTable(transformer.tokenizer)],
        documentModules: [transformer, topTermsOf(TERMS)],
      }),
    ]);
    const output = join(temporaryFolder(), 'exported');
    await exportOnnx(encoder, { output });
    await encoder.dispose();
    const path = join(output, QUERY_WEIGHTS_FILE);
    expect(existsSync(path)).toBe(true);
    const weights = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
    expect(new Set(Object.values(weights))).toEqual(new Set([2]));
  });
});

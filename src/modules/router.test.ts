import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import { wordTokenizer } from '../testing/tokenizers/word-tokenizer.js';
import { warningsOf } from '../testing/warnings.js';
import { normalize } from './normalize.js';
import { Parameters } from './parameters.js';
import { pooling } from './pooling.js';
import { readRouterConfig } from './router-config.js';
import { router, queryDocumentRouter, routerKind } from './router.js';
import { sparseStaticEmbedding } from './sparse-static-embedding.js';

beforeEach(() => setEngine('cpu'));

const unit = normalize();
const query = [sparseStaticEmbedding({ tokenizer: wordTokenizer(['a', 'b', 'c']) }), unit];
const document = [pooling({ embeddingDimension: 3 }), unit];

const FEATURES = () => ({
  inputIds: tf.tensor2d([[1, 2]], undefined, 'int32'),
  attentionMask: tf.ones([1, 2], 'int32'),
  tokenEmbeddings: tf.tensor3d([
    [
      [0, 0, 2],
      [0, 0, 4],
    ],
  ]),
});

describe('forward', () => {
  test('takes the features through the modules of their task, in order', () => {
    const routed = queryDocumentRouter({ queryModules: query, documentModules: document });
    const embedding = (task?: string): unknown => {
      const features = { ...FEATURES(), ...(task !== undefined && { task }) };
      return (routed.forward(features, { mode: 'eval' }).sentenceEmbedding as tf.Tensor2D).arraySync();
    };
    const half = Math.fround(Math.SQRT1_2);
    expect(embedding('query')).toEqual([[0, half, half]]);
    expect(embedding('document')).toEqual([[0, 0, 1]]);
    expect(embedding()).toEqual([[0, 0, 1]]);
  });

  test('refuses a task without a route, though there is a default one', () => {
    const routed = queryDocumentRouter({ queryModules: query, documentModules: document });
    const forward = (features: object) => () =>
      routed.forward({ ...FEATURES(), ...features }, { mode: 'eval' });
    expect(forward({ task: 'passage' })).toThrow(InputError);
    expect(forward({ task: 'passage' })).toThrow(
      'there is no route for the task "passage"; its routes are "query", "document"',
    );
    expect(forward({ task: 1 })).toThrow('the feature task is 1; expected a text');
  });

  test('needs a task where there is no default route', () => {
    const routed = router({ routes: new Map([['query', query]]), allowEmptyKey: false });
    expect(() => routed.routeFor()).toThrow('neither a task nor a default route');
    expect(router({ routes: new Map([['query', query]]) }).routeFor()).toBe('query');
  });

  test('tells which modules take the inputs of a task, and which tasks there are', () => {
    const routed = queryDocumentRouter({ queryModules: query, documentModules: document });
    expect(routed.modulesFor('query')).toBe(query);
    expect(routed.modulesFor('document')).toBe(document);
    expect(routed.modulesFor()).toBe(document);
    expect(routed.findRoute('title')).toBeUndefined();
    expect(routed.tasks).toEqual(['query', 'document']);
  });
});

describe('what it is made of', () => {
  test('modules that routes share are there once, and saved once', () => {
    const routed = queryDocumentRouter({ queryModules: query, documentModules: document });
    expect(routed.modules).toEqual([query[0], unit, document[0]]);
    expect(routed.dimension).toBe(3);
    expect([...routed.folders().keys()]).toEqual([
      'query_0_SparseStaticEmbedding',
      'query_1_Normalize',
      'document_0_Pooling',
    ]);
    expect(routed.config()).toEqual({
      types: {
        query_0_SparseStaticEmbedding:
          'sentence_transformers.sparse_encoder.modules.sparse_static_embedding.SparseStaticEmbedding',
        query_1_Normalize: 'sentence_transformers.base.modules.normalize.Normalize',
        document_0_Pooling: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling',
      },
      structure: {
        query: ['query_0_SparseStaticEmbedding', 'query_1_Normalize'],
        document: ['document_0_Pooling', 'query_1_Normalize'],
      },
      parameters: { default_route: 'document', allow_empty_key: true, route_mappings: {} },
    });
  });

  test('its config is read as it was saved', () => {
    const routed = router({
      routes: new Map([
        ['query', query],
        ['document', document],
      ]),
      routeMappings: [
        { task: null, modality: ['text', 'image'], route: 'document' },
        { task: "it's", modality: null, route: 'query' },
      ],
    });
    const read = readRouterConfig(JSON.parse(JSON.stringify(routed.config())));
    expect(read.routeMappings).toEqual([
      { task: null, modality: ['image', 'text'], route: 'document' },
      { task: "it's", modality: null, route: 'query' },
    ]);
    const modules = routed.folders();
    const { defaultRoute, allowEmptyKey, routeMappings } = read;
    const again = router({
      defaultRoute,
      allowEmptyKey,
      routeMappings,
      routes: new Map(
        [...read.structure].map(([route, names]) => [
          route,
          names.flatMap((name) => modules.get(name) ?? []),
        ]),
      ),
    });
    expect(again.config()).toEqual(routed.config());
  });

  test('different widths of its routes are warned of', () => {
    const wider = [pooling({ embeddingDimension: 4 })];
    expect(warningsOf(() => queryDocumentRouter({ queryModules: query, documentModules: wider }))).toEqual([
      expect.stringContaining('(3, 4)'),
    ]);
  });

  test('no route, an empty one and one that is not there are refused', () => {
    const routes = new Map([['query', query]]);
    expect(() => router({ routes: new Map() })).toThrow(OptionError);
    expect(() => router({ routes: new Map([['query', []]]) })).toThrow('route "query" has no modules');
    expect(() => router({ routes, defaultRoute: 'document' })).toThrow('there is no route "document"');
    expect(() => router({ routes, routeMappings: [{ task: 'a', modality: null, route: 'b' }] })).toThrow(
      'there is no route "b"; its routes are "query"',
    );
  });

  test('cannot be made of its config alone', () => {
    const config = readRouterConfig(
      queryDocumentRouter({ queryModules: query, documentModules: document }).config(),
    );
    expect(() => routerKind.create(config, new Parameters(new Map()))).toThrow(UsageError);
  });
});

import { loadTransformer } from '../encoder/load-transformer.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { Module } from '../modules/module.js';
import { pooling } from '../modules/pooling.js';
import type { RouteMapping } from '../modules/route-mapping.js';
import { router, queryDocumentRouter } from '../modules/router.js';
import { sparseAutoEncoder } from '../modules/sparse-auto-encoder.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { modelFixture, WIDTH } from './new-encoders.js';

/** The routes of an encoder, and those that the reference chooses. */
interface RoutedCase {
  readonly routes: readonly string[];
  readonly mappings: readonly (readonly [
    task: string | null,
    modality: RouteMapping['modality'],
    route: string,
  ])[];
  /** null: there is no default route. */
  readonly defaultRoute: string | null;
  readonly taken: Readonly<Record<'encode' | 'encodeQuery' | 'encodeDocument', string>>;
}

const all = (route: string): RoutedCase['taken'] => ({
  encode: route,
  encodeQuery: route,
  encodeDocument: route,
});

export const ROUTED: Readonly<Record<string, RoutedCase>> = {
  'pairs of task and modality': {
    routes: ['few', 'many'],
    mappings: [
      ['query', 'text', 'few'],
      ['document', 'text', 'many'],
      [null, 'text', 'many'],
    ],
    defaultRoute: 'few',
    taken: { encode: 'many', encodeQuery: 'few', encodeDocument: 'many' },
  },
  'the modality of any task': {
    routes: ['first', 'second'],
    mappings: [[null, 'text', 'second']],
    defaultRoute: null,
    taken: all('second'),
  },
  'a route with the name of the modality': {
    routes: ['image', 'text'],
    mappings: [],
    defaultRoute: null,
    taken: all('text'),
  },
  'a pair before a task, and a task before a modality': {
    routes: ['any', 'modality', 'task', 'pair'],
    mappings: [
      [null, null, 'any'],
      [null, 'text', 'modality'],
      ['query', null, 'task'],
      ['document', null, 'task'],
      ['document', 'text', 'pair'],
    ],
    defaultRoute: 'any',
    taken: { encode: 'modality', encodeQuery: 'task', encodeDocument: 'pair' },
  },
  'a mapping of everything before names': {
    routes: ['query', 'document', 'any'],
    mappings: [[null, null, 'any']],
    defaultRoute: 'document',
    taken: all('any'),
  },
  'the name of a task before that of a modality': {
    routes: ['text', 'query'],
    mappings: [],
    defaultRoute: 'query',
    taken: { encode: 'text', encodeQuery: 'query', encodeDocument: 'text' },
  },
  'mappings of other modalities, which texts never take': {
    routes: ['query', 'document'],
    mappings: [[null, ['image', 'text'], 'query']],
    defaultRoute: 'document',
    taken: { encode: 'document', encodeQuery: 'query', encodeDocument: 'document' },
  },
};

/** The weight that the route with this index gives to every token. */
export const weightOf = (route: number): number => route + 1;

/** An encoder whose embeddings show which route was used. The caller disposes it. */
export async function routedEncoder({ routes, mappings, defaultRoute }: RoutedCase): Promise<SparseEncoder> {
  const tokenizer = await loadTokenizer(modelFixture('masked-language-checkpoint'));
  const weights = (route: number): number[] =>
    Array.from({ length: tokenizer.vocabularySize }, () => weightOf(route));
  const routed = router({
    routes: new Map(
      routes.map((name, index) => [name, [sparseStaticEmbedding({ tokenizer, weight: weights(index) })]]),
    ),
    defaultRoute,
    allowEmptyKey: false,
    routeMappings: mappings.map(([task, modality, route]) => ({ task, modality, route })),
  });
  return SparseEncoder.fromModules([routed]);
}

/** One transformer followed by auto-encoders, with k = 4 for queries and k = 32 for documents. The caller disposes it. */
export async function twoAutoEncoders({
  latents = { query: 64, document: 64 },
} = {}): Promise<SparseEncoder> {
  const transformer = await loadTransformer(modelFixture('encoder-checkpoint'));
  const behind = (k: number, hiddenDim: number, seed: number): Module[] => [
    transformer,
    pooling({ embeddingDimension: WIDTH }),
    sparseAutoEncoder({ inputDim: WIDTH, hiddenDim, k, kAux: 16 }, seed),
  ];
  return SparseEncoder.fromModules([
    queryDocumentRouter({
      queryModules: behind(4, latents.query, 1),
      documentModules: behind(32, latents.document, 2),
    }),
  ]);
}

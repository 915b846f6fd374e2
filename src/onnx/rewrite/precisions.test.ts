/** Compares whole encoders in each precision with the same graph in float32, in ONNX Runtime. */
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { type Agreement, compareEmbeddings } from '../../export/verification/compare.js';
import { sparseFromDense } from '../../sparse/from-dense.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { exportedRoutes, type RouteWithTexts } from '../../testing/exported-routes.js';
import { OPTIMIZATION_LEVELS, type RunResult, runOnnx } from '../../testing/run-onnx.js';
import type { OnnxModel } from '../model.js';
import { quantizeDynamic } from './quantize-dynamic.js';
import { toFloat16 } from './to-float16.js';

beforeAll(() => setEngine('onnx'));

const MODELS = [
  'splade-bert',
  'splade-distilbert',
  'splade-mpnet',
  'splade-roberta',
  'splade-modernbert',
  'splade-sum',
  'csr',
  'csr-deep',
  'inference-free',
];

/**
 * As a share of the largest weight. These models have 14 products in sequence from the ids to the logits. Each of them
 * rounds two factors and the result to 11 bits, which is half an ulp of 2^-10.
 */
const HALF_BOUND = (14 * 3 * 2 ** -10) / 2;

/**
 * Steps are 1/64 of the largest weight of a column and 1/127 of the largest activation of a row. A product is then off
 * by about 1/64 + 1/127 = 2.3 %, and 14 independent ones by 9 %. Three times that is a cosine of 0.966.
 */
const INT8_COSINE = 0.966;

const bytesOf = ({ graph }: OnnxModel): number =>
  graph.initializers.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);

const embedding = 'sentence_embedding';

/** k of the autoencoders. */
const ACTIVE_DIMS = 8;

/**
 * How well two outputs [texts, dimensions] agree. Latents that an autoencoder drops are at most as large as those it
 * keeps.
 */
function agreement(found: RunResult | undefined, expected: RunResult | undefined, name: string): Agreement {
  const [embeddings, others] = [found, expected].map((result) => {
    const [rows = 0, columns = 0] = result?.dims ?? [];
    return sparseFromDense(result?.data as Float32Array, rows, columns);
  }) as [SparseMatrix, SparseMatrix];
  const maxActiveDims = name.startsWith('csr') ? ACTIVE_DIMS : null;
  return compareEmbeddings(others, embeddings, others, { precision: 'fp16', maxActiveDims });
}

describe.each(MODELS)('%s', (name) => {
  let routes: RouteWithTexts[];

  beforeAll(async () => {
    routes = await exportedRoutes(name, 'dense');
  });

  it('computes the same in float16 up to its rounding, at every optimization level', async () => {
    for (const { route, feeds } of routes) {
      const half = toFloat16(route.model, { floatOutputs: true });
      const { [embedding]: exact } = await runOnnx(route.model, feeds);
      for (const level of OPTIMIZATION_LEVELS) {
        const { [embedding]: found } = await runOnnx(half, feeds, level);
        expect(found?.type).toBe('float32');
        expect(agreement(found, exact, name).worstError).toBeLessThan(HALF_BOUND);
      }
    }
  });

  it('computes nearly the same in int8, at every optimization level, and every batch size', async () => {
    for (const { route, feeds } of routes) {
      // Queries of an inference-free model have no matrix products.
      if (route.name === 'query') continue;
      const quantized = quantizeDynamic(route.model);
      const { [embedding]: exact } = await runOnnx(route.model, feeds);
      for (const level of OPTIMIZATION_LEVELS) {
        const { [embedding]: found } = await runOnnx(quantized, feeds, level);
        expect(agreement(found, exact, name).cosine.mean).toBeGreaterThan(INT8_COSINE);
      }
      const first = Object.fromEntries(
        Object.entries(feeds).map(([input, { dims, data, ...feed }]) => {
          const length = dims[1] ?? 0;
          return [input, { ...feed, dims: [1, length], data: data.slice(0, length) }];
        }),
      );
      const { [embedding]: alone } = await runOnnx(quantized, first);
      const { [embedding]: together } = await runOnnx(quantized, feeds);
      const row = { ...together, dims: alone?.dims, data: together?.data.subarray(0, alone?.data.length) };
      // Norms sum in another order in a batch of another size, and a code may then round to its neighbour.
      expect(agreement(alone, row as RunResult, name).cosine.least).toBeGreaterThan(0.9999);
    }
  });
});

it.each(['dense', 'sparse', 'logits', 'all'] as const)(
  'every format has every precision: %s',
  async (format) => {
    const [{ route, feeds } = { route: undefined, feeds: {} }] = await exportedRoutes('splade-bert', format);
    const model = route?.model as OnnxModel;
    const exact = await runOnnx(model, feeds);
    for (const made of [toFloat16(model, { floatOutputs: true }), quantizeDynamic(model)]) {
      const found = await runOnnx(made, feeds);
      const ofResults = (results: typeof found): unknown =>
        Object.entries(results).map(([name, { type, dims }]) => [name, type, format === 'sparse' || dims]);
      expect(ofResults(found)).toEqual(ofResults(exact));
    }
    expect((await runOnnx(toFloat16(model), feeds))[model.graph.outputs[0]?.name ?? '']?.type).toBe(
      format === 'sparse' ? 'int64' : 'float16',
    );
  },
);

it('float16 halves the weights, and int8 stores a tied table once', async () => {
  const [{ route } = { route: undefined }] = await exportedRoutes('splade-bert', 'dense');
  const model = route?.model as OnnxModel;
  expect(bytesOf(toFloat16(model)) / bytesOf(model)).toBeLessThan(0.6);
  const tables = (made: OnnxModel): number =>
    made.graph.initializers.filter(({ tensor: { dims } }) => dims[0] === 300 && dims.length === 2).length;
  expect([tables(model), tables(toFloat16(model))]).toEqual([1, 1]);
});

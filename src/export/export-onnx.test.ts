// @module-tag slow
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { InputError } from '../errors.js';
import { readOnnxFile } from '../onnx/read.js';
import { collect, distance, openModel, ROUNDING, rows, TEXTS } from '../testing/encoding.js';
import { encoderOf, type Exported, exported, graphOf } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { Certificate } from './certificate.js';
import { exportOnnx } from './export-onnx.js';
import type { ExportFormat } from './formats.js';
import { embedQuery, weightsById } from './query-weights.js';

/** The largest difference between two encoders on the same texts, over all methods. */
async function difference(actual: SparseEncoder, expected: SparseEncoder): Promise<number> {
  const methods = ['encode', 'encodeQuery', 'encodeDocument'] as const;
  const differences: number[] = [];
  for (const method of methods) {
    const [found, right] = [await actual[method](TEXTS), await expected[method](TEXTS)];
    differences.push(distance(rows(found), rows(right)));
  }
  const stream = await collect(actual.encodeStream(TEXTS, { batchSize: 2 }));
  return Math.max(...differences, distance(stream, rows(await expected.encode(TEXTS))));
}

const BATCH = 'batch_size';
const LENGTH = 'sequence_length';

/** Every output of a format, for this size of the vocabulary or number of latents. */
const OUTPUTS_OF: Readonly<Record<ExportFormat, (dimensions: number) => object[]>> = {
  sparse: () => [
    { name: 'indices', type: 'int64', dims: ['entries'] },
    { name: 'values', type: 'float32', dims: ['entries'] },
    { name: 'offsets', type: 'int64', dims: ['batch_size + 1'] },
  ],
  dense: (dimensions) => [{ name: 'sentence_embedding', type: 'float32', dims: [BATCH, dimensions] }],
  logits: (terms) => [{ name: 'logits', type: 'float32', dims: [BATCH, LENGTH, terms] }],
  all: (terms) => [
    { name: 'logits', type: 'float32', dims: [BATCH, LENGTH, terms] },
    { name: 'sentence_embedding', type: 'float32', dims: [BATCH, terms] },
  ],
};

const WITH_TYPES = ['input_ids', 'attention_mask', 'token_type_ids'];
const WITHOUT_TYPES = WITH_TYPES.slice(0, 2);

const FAMILIES = [
  ['splade-bert', 'sparse', WITH_TYPES, 300],
  ['splade-bert', 'dense', WITH_TYPES, 300],
  ['splade-bert', 'all', WITH_TYPES, 300],
  ['csr', 'sparse', WITH_TYPES, 64],
  ['splade-modernbert', 'sparse', WITHOUT_TYPES, 405],
  ['splade-mpnet', 'all', WITHOUT_TYPES, 300],
  ['splade-electra', 'sparse', WITH_TYPES, 300],
  ['splade-albert', 'sparse', WITHOUT_TYPES, 300],
  ['splade-deberta-v2', 'sparse', WITHOUT_TYPES, 300],
  ['splade-new', 'sparse', WITHOUT_TYPES, 300],
  ['splade-distilbert', 'dense', WITHOUT_TYPES, 300],
  ['splade-sum', 'sparse', WITH_TYPES, 300],
  ['splade-settings', 'sparse', WITH_TYPES, 300],
] as const;

describe('exportOnnx', () => {
  it.each(FAMILIES)(
    'makes %s %s that encodes as the encoder does',
    async (name, format, inputs, dimensions) => {
      const { encoder, folder, certificate } = await exported(name, { format });
      expect(certificate).toMatchObject({ verdict: 'passed', format, precision: 'fp32', opset: 18 });
      expect(Certificate.parse(JSON.parse(readFileSync(join(folder, 'certificate.json'), 'utf8')))).toEqual(
        certificate,
      );
      const graph = graphOf(folder);
      expect(graph.inputs).toEqual(
        inputs.map((each) => ({ name: each, type: 'int64', dims: [BATCH, LENGTH] })),
      );
      expect(graph.outputs).toEqual(OUTPUTS_OF[format](dimensions));

      const loaded = await openModel('', folder);
      expect(await difference(loaded, encoder)).toBeLessThan(ROUNDING);
      const { prompts, defaultPromptName, maxActiveDims, similarityFnName, maxSeqLength, dimension } =
        encoder;
      const settings = {
        prompts,
        defaultPromptName,
        maxActiveDims,
        similarityFnName,
        maxSeqLength,
        dimension,
      };
      expect(loaded).toMatchObject({
        ...settings,
        prompts: new Map([['query', ''], ['document', ''], ...prompts]),
      });
    },
  );

  it.each(['inference-free', 'inference-free-in-root'])(
    'makes a graph for each route of %s',
    async (model) => {
      const { encoder, folder, certificate } = await exported(model);
      expect(certificate.files.map(({ path, route, outputs }) => [path, route, outputs])).toEqual([
        ['onnx/query_model.onnx', 'query', 'sparse'],
        ['onnx/document_model.onnx', 'document', 'sparse'],
      ]);
      expect(certificate.verdict).toBe('passed');
      expect(graphOf(folder, 'query_model.onnx').inputs.map(({ name }) => name)).toEqual(WITHOUT_TYPES);
      expect(graphOf(folder, 'document_model.onnx').inputs.map(({ name }) => name)).toEqual(WITH_TYPES);
      expect(await difference(await openModel('', folder), encoder)).toBeLessThan(ROUNDING);
    },
  );

  it('makes all of a Router, of which queries have neither logits nor hidden states', async () => {
    const { folder } = await exported('inference-free', { format: 'all' });
    const outputs = ['query_model.onnx', 'document_model.onnx'].map((file) =>
      graphOf(folder, file).outputs.map(({ name }) => name),
    );
    expect(outputs).toEqual([['sentence_embedding'], ['logits', 'sentence_embedding']]);
  });

  it('for the target cpu computes the same from codes of the decoder, too', async () => {
    const { encoder, folder } = await exported('splade-bert', { target: 'cpu' });
    const { nodes, initializers } = graphOf(folder);
    expect(nodes.filter(({ op }) => op === 'MatMulInteger')).toHaveLength(1);
    const codes = initializers.filter(({ tensor }) => tensor.type === 'int8');
    expect(codes.map(({ tensor }) => tensor.dims)).toEqual([[300, 16]]);
    const model = await SparseEncoder.load(folder);
    expect(await difference(model, encoder)).toBeLessThan(ROUNDING);
    await model.dispose();
  });

  it('for the target cpu is as ever where all maxima are computed', async () => {
    const [plain, forCpu] = [await exported('csr'), await exported('csr', { target: 'cpu' })];
    expect(graphOf(forCpu.folder).nodes).toEqual(graphOf(plain.folder).nodes);
  });

  it('gives hidden states beside the embeddings of CSR', async () => {
    const { folder, certificate } = await exported('csr', { format: 'all' });
    expect(graphOf(folder).outputs).toEqual([
      { name: 'last_hidden_state', type: 'float32', dims: [BATCH, LENGTH, 16] },
      { name: 'sentence_embedding', type: 'float32', dims: [BATCH, 64] },
    ]);
    expect(certificate.files.map(({ outputs }) => outputs)).toEqual(['dense', 'logits']);
  });

  it('writes weights of query tokens that make the embeddings of queries', async () => {
    const { encoder, folder } = await exported('inference-free-idf');
    const { tokenizer } = encoder;
    const json = JSON.parse(readFileSync(join(folder, 'query_weights.json'), 'utf8')) as Record<
      string,
      number
    >;
    const weights = weightsById(json, tokenizer);
    const expected = await encoder.encodeQuery(TEXTS);
    const tokens = await encoder.tokenize(TEXTS, { task: 'query' });
    expect(tokens.map((ids) => embedQuery(ids, weights))).toEqual(rows(expected));
    const array = Float32Array.from({ length: tokenizer.vocabularySize }, (_, id) => weights.get(id) ?? 0);
    expect(tokens.map((ids) => embedQuery(ids, array))).toEqual(rows(expected));
    expect(embedQuery([1e6], array).indices).toHaveLength(0);
    const damaged = { ...json, tree: 'heavy' } as unknown as Record<string, number>;
    expect(() => weightsById(damaged, tokenizer)).toThrow(
      new InputError('the token "tree" has the weight "heavy"; expected a finite number'),
    );
  });

  it('leaves out the weights of transformers, which are in the graphs, and keeps those of other modules', async () => {
    const files = ({ folder }: Exported): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('safetensors'),
      );
    expect(files(await exported('csr'))).toEqual(['2_SparseAutoEncoder/model.safetensors']);
    expect(files(await exported('splade-bert'))).toEqual([]);
    expect(files(await exported('inference-free'))).toEqual([
      join('query_0_SparseStaticEmbedding', 'model.safetensors'),
    ]);
  });

  it.each([17, 23])('writes operator set %i', async (opset) => {
    const { folder, certificate } = await exported('csr', { opset, maxActiveDims: 6 });
    expect(certificate).toMatchObject({ verdict: 'passed', opset });
    const model = readOnnxFile(join(folder, 'onnx', 'model.onnx'));
    expect([model.opset, model.irVersion]).toEqual(opset === 17 ? [17, 8] : [23, 11]);
  });

  it('tells what it does and how far it is', async () => {
    const told: [string, number][] = [];
    const output = join(temporaryFolder(), 'exported');
    const onProgress = (what: string, done: number): number => told.push([what, done]);
    await exportOnnx(await encoderOf('inference-free'), { output, onProgress });
    expect([...new Set(told.map(([what]) => what))]).toEqual([
      'recording onnx/query_model.onnx',
      'recording onnx/document_model.onnx',
      'verifying onnx/query_model.onnx',
      'verifying onnx/document_model.onnx',
      'written',
    ]);
    const shares = told.map(([, done]) => done);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('tries the files on further texts, and says what it was called', async () => {
    const verify = ['one text', '', 'another'];
    const { certificate, folder } = await exported('splade-bert', { verify, source: 'a model' });
    const { texts: without } = (await exported('splade-bert')).certificate;
    const { texts, files, source } = certificate;
    expect(source).toBe('a model');
    expect(texts.given).toBe(3);
    expect(files[0]?.agreement?.texts).toBe(texts.builtIn + texts.pairs + 3);
    expect(without).toMatchObject({ given: 0, builtIn: texts.builtIn, pairs: texts.pairs });
    expect(without.sha256).not.toBe(texts.sha256);
    const card = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(card).toContain('# a model as ONNX');
    expect(card).toContain('| `token_type_ids` | int64 | [batch_size, sequence_length] |');
  });
});

import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, ModelFileError, OptionError, UsageError } from '../../errors.js';
import type { OnnxGraph, OnnxModel } from '../../onnx/model.js';
import { readOnnxFile } from '../../onnx/read.js';
import { renameValues } from '../../onnx/rewrite/edit-graph.js';
import { writeOnnxFile } from '../../onnx/write.js';
import { openModel } from '../../testing/encoding.js';
import { encoderOf, exported } from '../../testing/exports.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import type { Certificate } from '../certificate.js';
import type { ExportFormat } from '../formats.js';
import { BUILT_IN_PAIRS, BUILT_IN_TEXTS } from './texts.js';
import { verifyOnnx } from './verify-onnx.js';
import type { VerifyOptions } from './verify-options.js';

const FILE = 'onnx/model.onnx';

/** An exported file in the form that another tool might have written. */
async function foreign(
  format: ExportFormat,
  change: (graph: OnnxGraph) => OnnxGraph,
  more: Partial<OnnxModel> = {},
): Promise<string> {
  const { folder } = await exported('splade-bert', { format });
  const model = readOnnxFile(join(folder, FILE));
  const path = join(temporaryFolder(), 'model.onnx');
  await writeOnnxFile(path, {
    ...model,
    graph: change(model.graph),
    metadata: {},
    producer: 'another',
    ...more,
  });
  return path;
}

const verified = async (path: string, name = 'splade-bert', options?: VerifyOptions): Promise<Certificate> =>
  verifyOnnx(path, await encoderOf(name), options);

const same = (graph: OnnxGraph): OnnxGraph => graph;

/** Sets the token types to 0 for every token. */
function withoutTokenTypes(graph: OnnxGraph): OnnxGraph {
  const zero = { name: 'zero', tensor: { type: 'int64', dims: [], data: BigInt64Array.of(0n) } } as const;
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => name !== 'token_type_ids'),
    initializers: [...graph.initializers, zero],
    nodes: [
      { op: 'Mul', inputs: ['input_ids', 'zero'], outputs: ['token_type_ids'], attributes: {} },
      ...graph.nodes,
    ],
  };
}

const withInputs = (change: Partial<OnnxGraph['inputs'][number]>) => (graph: OnnxGraph) => ({
  ...graph,
  inputs: graph.inputs.map((input) => ({ ...input, ...change })),
});

const withNames = (names: Readonly<Record<string, string>>) => (graph: OnnxGraph) =>
  renameValues(graph, new Map(Object.entries(names)));

describe('verifyOnnx, of files of other tools', () => {
  it.each([
    ['logits and no token types', 'logits', withoutTokenTypes],
    ['embeddings and no token types', 'dense', withoutTokenTypes],
    ['int32 inputs', 'dense', withInputs({ type: 'int32' })],
    ['embeddings of another name', 'dense', withNames({ sentence_embedding: 'output_0' })],
    ['logits of another name', 'logits', withNames({ logits: 'output_0' })],
    ['all that one exports', 'all', same],
  ] as const)('passes one with %s', async (_what, format, change) => {
    const { verdict, files, source, format: said, precision } = await verified(await foreign(format, change));
    expect({ verdict, source, said, precision }).toEqual({
      verdict: 'passed',
      source: null,
      said: null,
      precision: 'fp32',
    });
    expect(files.map(({ path, route }) => [path, route])[0]).toEqual(['model.onnx', null]);
    const pairs = change === withoutTokenTypes ? 0 : BUILT_IN_PAIRS.length;
    expect(files[0]?.agreement?.texts).toBe(BUILT_IN_TEXTS.length + pairs);
  });

  it('cuts embeddings to the limit of the encoder, which the file does not claim to have', async () => {
    const { folder } = await exported('splade-bert', { format: 'dense' });
    const encoder = await encoderOf('splade-bert');
    encoder.maxActiveDims = 7;
    try {
      const path = await foreign('dense', same);
      const { verdict, files } = await verifyOnnx(path, encoder);
      expect(verdict).toBe('passed');
      expect(files[0]?.agreement?.activeTerms).toBeLessThanOrEqual(
        7 * (BUILT_IN_TEXTS.length + BUILT_IN_PAIRS.length),
      );
      // If it claims no limit, the result is the same.
      expect((await verifyOnnx(join(folder, FILE), encoder)).verdict).toBe('passed');
    } finally {
      encoder.maxActiveDims = null;
    }
  });

  it('judges by the precision that the weights have', async () => {
    const half = { name: 'half', tensor: { type: 'float16', dims: [1], data: Uint16Array.of(0) } } as const;
    const path = await foreign('dense', (graph) => ({
      ...graph,
      initializers: [...graph.initializers, half],
    }));
    const { precision, files } = await verified(path);
    expect([precision, files[0]?.agreement?.allowedError]).toEqual(['fp16', 2 ** -4]);
    expect((await verified(path, 'splade-bert', { precision: 'fp32' })).precision).toBe('fp32');
  });

  it.each(['0', '2.5', 'many', ''])('refuses one that claims to have %j active dimensions', async (claim) => {
    const key = 'sparse_encoder.max_active_dims';
    const path = await foreign('dense', same, { metadata: { [key]: claim } });
    await expect(verified(path)).rejects.toThrow(
      new ModelFileError(`${path} has "${claim}" as ${key} in its metadata; expected a whole number above 0`),
    );
  });

  it('fails one of another encoder', async () => {
    const { folder } = await exported('splade-sum', { format: 'dense' });
    const { verdict, files } = await verified(folder);
    expect(verdict).toBe('failed');
    expect(files[0]?.failures[0]).toMatch(/^text \d+, dimension \d+: the encoder has .*, the file /);
  });

  it('fails one of an encoder with other dimensions', async () => {
    const { folder } = await exported('csr', { format: 'dense' });
    expect(await verified(folder)).toMatchObject({
      verdict: 'failed',
      files: [{ agreement: null, failures: ['it gave sentence_embedding [8, 64]; expected [8, 300]'] }],
    });
  });

  it('fails one that gives what is not a number', async () => {
    const path = await foreign('dense', (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Sqrt' } : node)),
    }));
    const { verdict, files } = await verified(path);
    expect(verdict).toBe('failed');
    expect(files[0]?.failures[0]).toMatch(
      // The longest text is in the first row of the first batch.
      /^text 5: it gave an invalid embedding for it: column 0: NaN; expected a finite value$/,
    );
  });
});

describe('verifyOnnx, of what cannot be run', () => {
  /** The error of a verification that gives no certificate. */
  async function errorOf(path: string, name = 'splade-bert', options?: VerifyOptions): Promise<Error> {
    return await verified(path, name, options).then(
      ({ verdict }) => new Error(verdict),
      (error: Error) => error,
    );
  }

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['a text', Buffer.from('not a model at all')],
  ])('refuses a file of %s', async (_what, bytes) => {
    const path = join(temporaryFolder(), 'model.onnx');
    writeFileSync(path, bytes);
    expect(await errorOf(path)).toBeInstanceOf(InputError);
    expect((await errorOf(path)).message).toContain(path);
  });

  it('refuses a file that was cut', async () => {
    const path = await foreign('dense', same);
    writeFileSync(path, readFileSync(path).subarray(0, 30_000));
    expect(await errorOf(path)).toBeInstanceOf(InputError);
  });

  it.each([
    [
      'another input',
      withNames({ input_ids: 'tokens' }),
      /has the input "tokens" \(int64\); expected int64 or int32/,
    ],
    ['inputs of floats', withInputs({ type: 'float32' }), /has the input "input_ids" \(float32\)/],
    [
      'two outputs of other names',
      withNames({ logits: 'a', sentence_embedding: 'b' }),
      /has the outputs a, b; expected/,
    ],
  ])('refuses a graph with %s', async (_what, change, told) => {
    const error = await errorOf(await foreign('all', change));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toMatch(told);
  });

  it('refuses weights that lie elsewhere', async () => {
    const folder = temporaryFolder();
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const { folder: right } = await exported('splade-bert', { format: 'dense' });
    const path = join(inner, 'model.onnx');
    await writeOnnxFile(path, readOnnxFile(join(right, FILE)), { externalDataThreshold: 0 });
    expect((await verified(path)).verdict).toBe('passed');
    copyFileSync(`${path}.data`, join(folder, 'weights.data'));
    // A path of the same length.
    const bytes = readFileSync(path).toString('latin1').replaceAll('model.onnx.data', '../weights.data');
    writeFileSync(path, Buffer.from(bytes, 'latin1'));
    expect((await errorOf(path)).message).toMatch(/\.\.\/weights\.data/);
  });

  it('refuses logits for a route that has no tokens to pool', async () => {
    const path = await foreign('logits', same);
    const error = await errorOf(path, 'inference-free', { route: 'query' });
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toMatch(/no pooling module after its SparseStaticEmbedding/);
  });

  it.each([
    [{ texts: 'a text' }, /texts is "a text"; expected a list of strings/],
    [{ precision: 'fp8' }, /precision is "fp8"; expected one of "fp32", "fp16", "int8"/],
    [{ route: '' }, /route is ""/],
    [{ text: ['a text'] }, /verifyOnnx has no option "text"/],
  ])('refuses the options %j', async (options, told) => {
    const error = await errorOf('x', 'splade-bert', options as VerifyOptions);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toMatch(told);
  });

  it('refuses an exported model as the encoder: it would be compared with itself', async () => {
    const { folder } = await exported('splade-bert', { format: 'dense' });
    await expect(verifyOnnx(folder, await openModel('', folder))).rejects.toThrow(
      new UsageError('the encoder is an exported model, without weights; give the model that was exported'),
    );
  });

  it('says where there is nothing to verify', async () => {
    const folder = temporaryFolder();
    expect(await errorOf(join(folder, 'x'))).toEqual(
      new InputError(`${join(folder, 'x')} does not exist; expected an ONNX file, or a folder with one`),
    );
    expect(await errorOf(folder)).toEqual(
      new InputError(
        `${folder} has none of onnx/model.onnx; expected exported files of the encoder's routes`,
      ),
    );
    expect(await errorOf(folder, 'inference-free')).toBeInstanceOf(InputError);
  });
});

it('verifies one version of a folder that is replaced meanwhile, never a mixture', async () => {
  const [first, second] = [
    await exported('splade-bert', { precision: 'int8' }),
    await exported('splade-bert', { format: 'dense' }),
  ];
  const target = join(temporaryFolder(), 'model');
  cpSync(first.folder, target, { recursive: true });
  let replaced = 0;
  const onProgress = (): void => {
    if (replaced++ > 0) return;
    rmSync(target, { recursive: true });
    cpSync(second.folder, target, { recursive: true });
  };
  const certificate = await verified(target, 'splade-bert', { onProgress });
  expect(replaced).toBeGreaterThan(1);
  const { verdict, format, precision, files } = second.certificate;
  expect(certificate).toMatchObject({ verdict, format, precision });
  expect(certificate.files.map(({ sha256 }) => sha256)).toEqual(files.map(({ sha256 }) => sha256));
});

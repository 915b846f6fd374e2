import { execFileSync } from 'node:child_process';
import { cpSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OnnxSession } from '../encoder/exported/onnx-session.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { ModelFileError } from '../errors.js';
import { encodeModel } from '../onnx/encode.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx/model.js';
import { readOnnxFile } from '../onnx/read.js';
import { writeOnnxFile } from '../onnx/write.js';
import { exported } from '../testing/exports.js';
import { editJson } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { setWarningHandler } from '../warnings.js';

async function copyOfExport(name: string, certified = true): Promise<string> {
  const copy = join(temporaryFolder(), 'exported');
  cpSync((await exported(name)).folder, copy, { recursive: true });
  if (!certified) rmSync(join(copy, 'certificate.json'));
  return copy;
}

async function refusalOf(folder: string): Promise<string> {
  const error: unknown = await SparseEncoder.load(folder).catch((reason: unknown) => reason);
  return error instanceof ModelFileError
    ? error.message.replaceAll(folder, 'FOLDER')
    : `opened: ${String(error)}`;
}

async function edit(folder: string, change: (model: OnnxModel) => OnnxModel): Promise<void> {
  const path = join(folder, 'onnx', 'model.onnx');
  await writeOnnxFile(path, change(readOnnxFile(path)));
}

const withNode = (node: OnnxNode) => (model: OnnxModel) => ({
  ...model,
  graph: { ...model.graph, nodes: [...model.graph.nodes, node] },
});

const body: OnnxGraph = { name: 'body', nodes: [], inputs: [], outputs: [], initializers: [] };
const nodeOf = (op: string, domain = ''): OnnxNode => ({
  op,
  domain,
  inputs: ['', ''],
  outputs: ['never'],
  attributes: { body: { graph: body } },
});

describe('an exported folder from elsewhere is refused', () => {
  it.each([
    ['Loop', nodeOf('Loop')],
    ['Scan', nodeOf('Scan')],
    ['com.evil.Add', nodeOf('Add', 'com.evil')],
    ['RandomNormal', nodeOf('RandomNormal')],
  ])('with the operator %s', async (name, node) => {
    const folder = await copyOfExport('splade-bert', false);
    expect(await refusalOf(folder)).toContain('opened');
    await edit(folder, withNode(node));
    expect(await refusalOf(folder)).toBe(
      `FOLDER/onnx/model.onnx has the operator "${name}"; expected only those that exportOnnx writes`,
    );
  });

  it('with an operator inside the body of another', async () => {
    const folder = await copyOfExport('splade-bert', false);
    const inner: OnnxGraph = { ...body, nodes: [nodeOf('Scan')] };
    await edit(folder, withNode({ ...nodeOf('Add'), attributes: { body: { graph: inner } } }));
    expect(await refusalOf(folder)).toMatch(/has the operator "Scan"/);
  });

  const shape = (...values: (number | bigint)[]): OnnxNode => ({
    op: 'Constant',
    inputs: [],
    outputs: ['size'],
    attributes: {
      value: {
        tensor: { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) },
      },
    },
  });
  const grown = (op: string, inputs: string[], from: readonly OnnxNode[], to = 'grown') => [
    ...from,
    { op, inputs, outputs: [to], attributes: {} },
  ];

  it.each<[string, readonly OnnxNode[], RegExp]>([
    ['Expand', grown('Expand', ['input_ids', 'size'], [shape(2n ** 40n, 1)]), /"Expand" with a size of 1099/],
    [
      'two sizes of Expand',
      grown('Expand', ['input_ids', 'size'], [shape(-4097, 4097)]),
      /with a size of 16785/,
    ],
    [
      'ConstantOfShape',
      grown('ConstantOfShape', ['size'], [shape(2n ** 62n)]),
      /"ConstantOfShape" with a size/,
    ],
    ['Tile', grown('Tile', ['input_ids', 'size'], [shape(2 ** 20, 2 ** 20)]), /"Tile" with a size/],
    ['Range', grown('Range', ['size', 'size', 'size'], [shape(2 ** 30)]), /"Range" with a size/],
    [
      'a multiplied size',
      grown(
        'Expand',
        ['input_ids', 'product'],
        grown('Mul', ['size', 'size'], [shape(2 ** 20, 1)], 'product'),
      ),
      /"Expand" with a size of 1099511627776/,
    ],
    [
      'a size of the texts times a constant',
      grown(
        'ConstantOfShape',
        ['product'],
        grown(
          'Mul',
          ['size', 'own'],
          [...grown('Shape', ['input_ids'], [], 'own'), shape(2 ** 25, 1)],
          'product',
        ),
      ),
      /"ConstantOfShape" with a size of 33554432; expected at most 16777216/,
    ],
    [
      'a size that is computed otherwise',
      grown('Expand', ['input_ids', 'power'], grown('Pow', ['size', 'size'], [shape(20, 1)], 'power')),
      /"Expand" with a computed size/,
    ],
    [
      'a size far from its constant',
      grown(
        'Expand',
        ['input_ids', 'size40'],
        Array.from({ length: 40 }, (_, at) => grown('Identity', [`size${at}`], [], `size${at + 1}`)).flat(),
      ),
      /"Expand" with a computed size/,
    ],
    [
      'a large attribute',
      [
        {
          op: 'Pad',
          inputs: ['input_ids'],
          outputs: ['grown'],
          attributes: { pads: { ints: [0, 0, 0, 2 ** 40] } },
        },
      ],
      /"Pad" with a size of 1099511627776/,
    ],
  ])('with an operator that takes all memory: %s', async (_, nodes, message) => {
    const folder = await copyOfExport('splade-bert', false);
    await edit(folder, (model) => nodes.reduce((edited, node) => withNode(node)(edited), model));
    expect(await refusalOf(folder)).toMatch(message);
  });

  it('by a warning alone where it has no certificate', async () => {
    const folder = await copyOfExport('splade-bert', false);
    const warnings: string[] = [];
    const previous = setWarningHandler((warning) => warnings.push(warning));
    onTestFinished(() => void setWarningHandler(previous));
    const opened = await SparseEncoder.load(folder);
    await opened.dispose();
    expect(warnings).toEqual([
      `${folder} is an exported model without certificate.json, so its files may differ from the verified ones`,
    ]);
  });

  it('where its certificate was made for another file', async () => {
    const folder = await copyOfExport('splade-bert');
    await edit(folder, (model) => ({ ...model, metadata: { ...model.metadata, other: 'yes' } }));
    expect(await refusalOf(folder)).toMatch(
      /model\.onnx is not the file that certificate\.json was made for/,
    );
  });

  it('where its certificate does not speak of the file, or is damaged', async () => {
    const folder = await copyOfExport('splade-bert');
    const path = join(folder, 'certificate.json');
    editJson(path, (certificate) => (certificate['files'] = []));
    expect(await refusalOf(folder)).toBe('FOLDER/certificate.json has no entry for "onnx/model.onnx"');
    writeFileSync(path, '{');
    expect(await refusalOf(folder)).toMatch(/^FOLDER\/certificate\.json, line 1, column 2/);
  });

  it('with a route whose name leads to a file outside', async () => {
    const folder = await copyOfExport('inference-free', false);
    const outside = join(folder, '..', '..', 'outside_model.onnx');
    renameSync(join(folder, 'onnx', 'query_model.onnx'), outside);
    editJson(join(folder, 'router_config.json'), (config) => {
      const structure = config['structure'] as Record<string, unknown>;
      config['structure'] = { '../../../outside': structure['query'], document: structure['document'] };
    });
    const told = await refusalOf(folder);
    rmSync(outside);
    expect(told).toBe(
      'FOLDER: the path "onnx/../../../outside_model.onnx" leads out of the model\'s folder; expected a relative path without ".."',
    );
  });

  it('with a file that is a link out of it, a pipe, or a device', async () => {
    const folder = await copyOfExport('splade-bert', false);
    const path = join(folder, 'onnx', 'model.onnx');
    renameSync(path, join(folder, '..', 'elsewhere.onnx'));
    symlinkSync('../../elsewhere.onnx', path);
    expect(await refusalOf(folder)).toMatch(/leads through a link out of the folder/);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(await refusalOf(folder)).toMatch(/model\.onnx is not a regular file; expected an ONNX model/);
  });

  it('with external data in a device', async () => {
    const folder = await copyOfExport('splade-bert', false);
    const path = join(folder, 'onnx', 'model.onnx');
    await writeOnnxFile(path, readOnnxFile(path), { externalDataThreshold: 0 });
    const opened = await SparseEncoder.load(folder);
    expect(await opened.encode('a text')).toMatchObject({ rows: 1 });
    await opened.dispose();
    rmSync(`${path}.data`);
    symlinkSync('/dev/zero', `${path}.data`);
    expect(await refusalOf(folder)).toMatch(/external data "model\.onnx\.data": .* link out of the folder/);
  });
});

describe('outputs of an exported file', () => {
  const int64 = (...values: bigint[]): OnnxModel['graph']['initializers'][number]['tensor'] => ({
    type: 'int64',
    dims: [values.length],
    data: BigInt64Array.from(values),
  });

  it.each<[string, bigint[], bigint[], RegExp]>([
    [
      'an index of 2^32 + 1',
      [2n ** 32n + 1n],
      [0n, 1n],
      /gave indices with 4294967297; expected numbers up to/,
    ],
    ['a negative index', [-1n], [0n, 1n], /gave indices with -1/],
    ['an offset of 2^32 + 1', [1n], [0n, 2n ** 32n + 1n], /gave offsets with 4294967297/],
  ])('may not have %s', async (_, indices, offsets, message) => {
    const path = join(temporaryFolder(), 'model.onnx');
    const constants = {
      indices: int64(...indices),
      offsets: int64(...offsets),
      values: { type: 'float32', dims: [1], data: Float32Array.of(1) },
    } as const;
    const graph: OnnxGraph = {
      name: 'constants',
      nodes: Object.keys(constants).map((name) => ({
        op: 'Identity',
        inputs: [`${name}_`],
        outputs: [name],
        attributes: {},
      })),
      inputs: [{ name: 'input_ids', type: 'int64', dims: ['batch', 'length'] }],
      outputs: Object.entries(constants).map(([name, { type, dims }]) => ({ name, type, dims })),
      initializers: Object.entries(constants).map(([name, tensor]) => ({ name: `${name}_`, tensor })),
    };
    writeFileSync(path, encodeModel({ graph, opset: 18, irVersion: 9, producer: '', metadata: {} }));
    const session = await OnnxSession.open(path);
    const one = Int32Array.of(1);
    const batch = { texts: 1, length: 1, inputIds: one, attentionMask: one };
    const embedding = session.embed(batch, 300);
    await expect(embedding).rejects.toThrow(ModelFileError);
    await expect(embedding).rejects.toThrow(message);
    await session.dispose();
  });
});

describe('a token id beyond those of any vocabulary', () => {
  it.each([2 ** 32 - 1, 2 ** 31, 4_000_001])('%i is refused in tokenizer.json', async (id) => {
    const folder = await copyOfExport('splade-bert');
    editJson(join(folder, 'tokenizer.json'), (json) => {
      const [token] = json['added_tokens'] as Record<string, unknown>[];
      if (token !== undefined) token['id'] = id;
    });
    expect(await refusalOf(folder)).toMatch(/tokenizer\.json: added_tokens\[0\]\.id is \d+; expected/);
  });
});

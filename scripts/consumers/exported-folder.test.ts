import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/onnx/encode.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { temporaryFolder } from '../../src/testing/files/temporary-folder.js';
import { readExportedFolder } from './exported-folder.js';

const TOKENIZER = {
  'tokenizer.json': {},
  'tokenizer_config.json': { model_max_length: 64, pad_token: { content: '<pad>' } },
};
const SPLADE = {
  ...TOKENIZER,
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'Transformer' },
    { idx: 1, name: '1', path: '1_SpladePooling', type: 'SpladePooling' },
  ],
  '1_SpladePooling/config.json': { pooling_strategy: 'sum', activation_function: 'relu' },
};

function modelBytes(outputs: readonly string[], metadata: Record<string, string> = {}): Uint8Array {
  const value = (name: string) => ({ name, type: 'int64' as const, dims: ['batch_size'] });
  const model: OnnxModel = {
    graph: {
      name: 'graph',
      nodes: [],
      inputs: [value('input_ids')],
      outputs: outputs.map(value),
      initializers: [],
    },
    opset: 18,
    irVersion: 8,
    producer: 'test',
    metadata,
  };
  return encodeModel(model);
}

function folderOf(files: Record<string, object | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return folder;
}

describe('readExportedFolder', () => {
  it('reads what a file says of itself', () => {
    const metadata = {
      'sparse_encoder.version': '1',
      'sparse_encoder.precision': 'fp16',
      'sparse_encoder.max_length': '32',
      'sparse_encoder.max_active_dims': '7',
    };
    const folder = folderOf({ ...SPLADE, 'onnx/model.onnx': modelBytes(['sentence_embedding'], metadata) });
    expect(readExportedFolder(folder)).toEqual([
      {
        folder,
        file: 'onnx/model.onnx',
        format: 'dense',
        precision: 'fp16',
        maxActiveDims: 7,
        inputNames: ['input_ids'],
        tokenizer: '',
        addSpecialTokens: true,
        maxLength: 32,
        paddingToken: '<pad>',
        pooling: { strategy: 'sum', activation: 'relu' },
        hasTokens: true,
      },
    ]);
  });

  it.each([
    [['indices', 'values', 'offsets'], 'sparse'],
    [['sentence_embedding'], 'dense'],
    [['logits'], 'logits'],
    [['logits', 'sentence_embedding'], 'all'],
    [['last_hidden_state', 'sentence_embedding'], 'all'],
  ])(
    'tells by the outputs %j the format %s, and takes the rest from the config of the tokenizer',
    (outputs, format) => {
      const folder = folderOf({ ...SPLADE, 'onnx/model.onnx': modelBytes(outputs) });
      expect(readExportedFolder(folder)).toMatchObject([
        { format, precision: 'fp32', maxActiveDims: null, maxLength: 64 },
      ]);
    },
  );

  it('finds both graphs of a model that treats queries and documents differently', () => {
    const at = (path: string) =>
      Object.fromEntries(Object.entries(TOKENIZER).map(([name, json]) => [`${path}/${name}`, json]));
    const folder = folderOf({
      'modules.json': [{ idx: 0, name: '0', path: '', type: 'Router' }],
      'router_config.json': {
        structure: { query: ['query_0_SparseStaticEmbedding'], document: ['document_0_Transformer'] },
      },
      ...at('query_0_SparseStaticEmbedding'),
      ...at('document_0_Transformer'),
      'onnx/query_model.onnx': modelBytes(['sentence_embedding'], { 'sparse_encoder.version': '1' }),
      'onnx/document_model.onnx': modelBytes(['sentence_embedding']),
    });
    expect(readExportedFolder(folder)).toMatchObject([
      {
        task: 'query',
        tokenizer: 'query_0_SparseStaticEmbedding/',
        addSpecialTokens: false,
        maxLength: 2 ** 24,
      },
      { task: 'document', tokenizer: 'document_0_Transformer/', addSpecialTokens: true, maxLength: 64 },
    ]);
  });

  it.each<[Record<string, object | Uint8Array>, string]>([
    [SPLADE, 'holds none of onnx/model.onnx'],
    [{ 'onnx/model.onnx': modelBytes(['logits']) }, 'holds no tokenizer.json'],
    [{ ...SPLADE, 'onnx/model.onnx': modelBytes(['pooled']) }, 'has the outputs pooled; expected'],
  ])('refuses a folder that is not an exported model', (files, message) => {
    expect(() => readExportedFolder(folderOf(files))).toThrow(message);
  });
});

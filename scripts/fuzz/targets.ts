import fc from 'fast-check';
import { InputError } from '../../src/errors.js';
import { parseModulesJson } from '../../src/files/folder/modules-json.js';
import { parseSentenceTransformersConfig } from '../../src/files/folder/sentence-transformers-config.js';
import { decodeSafetensors } from '../../src/files/safetensors/read.js';
import { encodeModel } from '../../src/onnx/encode.js';
import { decodeModel } from '../../src/onnx/read.js';
import { safetensorsBytes } from '../../src/testing/files/safetensors-bytes.js';
import { anyModel } from '../../src/testing/onnx-models.js';
import { moduleTargets } from './module-targets.js';
import { type FuzzTarget, isModelFileError } from './target.js';

/** To add a reader, add a row. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'safetensors',
    seeds: safetensorsSeeds,
    read: (bytes) => [...decodeSafetensors(bytes).tensors.values()].map((tensor) => tensor.values()),
    promises: isModelFileError,
    format: 'safetensors',
  },
  {
    name: 'modules.json',
    seeds: () => MODULES.map(encodeJson),
    read: (bytes) => parseModulesJson(bytes),
    promises: isModelFileError,
    format: 'json',
  },
  {
    name: 'config_sentence_transformers.json',
    seeds: () => CONFIGS.map(encodeJson),
    read: (bytes) => parseSentenceTransformersConfig(bytes),
    promises: isModelFileError,
    format: 'json',
  },
  {
    name: 'model.onnx',
    seeds: onnxSeeds,
    read: decodeModel,
    promises: (error) => error instanceof InputError,
    format: 'protobuf',
  },
  ...moduleTargets(),
];

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, undefined, 2));
}

/** A file of zeros, which are valid for every type. */
function validFile(header: object, dataLength: number): Uint8Array {
  const bytes = safetensorsBytes(header, dataLength);
  return bytes.fill(0, bytes.length - dataLength);
}

function safetensorsSeeds(): Uint8Array[] {
  const tensor = (dtype: string, shape: number[], start: number, end: number): object => ({
    dtype,
    shape,
    data_offsets: [start, end],
  });
  return [
    validFile({ a: tensor('F32', [2, 3], 0, 24) }, 24),
    validFile(
      {
        __metadata__: { format: 'pt', 'encoder.weight': 'decoder.linear.weight' },
        stats_last_nonzero: tensor('I64', [1], 0, 8),
        double: tensor('F64', [1], 8, 16),
        'decoder.linear.weight': tensor('F32', [1, 2], 16, 24),
        scalar: tensor('I32', [], 24, 28),
        half: tensor('F16', [2], 28, 32),
        bfloat: tensor('BF16', [1], 32, 34),
        bytes: tensor('U8', [1, 1], 34, 35),
        empty: tensor('BOOL', [0], 35, 35),
      },
      35,
    ),
  ];
}

/** Seeds that use all of the format; the same each time. */
function onnxSeeds(): Uint8Array[] {
  return fc.sample(anyModel, { seed: 1, numRuns: 20 }).map((model) => encodeModel(model));
}

const MODULES: readonly unknown[] = [
  [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
    {
      idx: 1,
      name: '1',
      path: '1_SpladePooling',
      type: 'sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling',
      kwargs: ['task'],
    },
  ],
];

const CONFIGS: readonly unknown[] = [
  {
    __version__: { pytorch: '2.13.0', sentence_transformers: '6.2.0', transformers: '5.23.0' },
    default_prompt_name: null,
    max_active_dims: 64,
    model_type: 'SparseEncoder',
    prompts: { document: '', query: 'é: ' },
    similarity_fn_name: 'dot',
  },
];

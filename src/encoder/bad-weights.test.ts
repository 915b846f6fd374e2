import { readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { editWeights } from '../testing/files/damaged-model.js';
import { type DamageCase, json, refuses, remove, write } from '../testing/files/damages.js';

beforeAll(() => setEngine('onnx'));

const SPLADE = 'splade-bert';
const WEIGHTS = 'model.safetensors';
const CSR = '2_SparseAutoEncoder';
const STATIC = 'query_0_SparseStaticEmbedding';

const WEIGHT_FILES: readonly DamageCase[] = [
  [
    'are missing',
    SPLADE,
    remove(WEIGHTS),
    /^FOLDER holds no weights; expected model\.safetensors or model\.safetensors\.index\.json$/,
  ],
  [
    'are pickled',
    SPLADE,
    (folder) => renameSync(join(folder, WEIGHTS), join(folder, 'pytorch_model.bin')),
    /^FOLDER\/pytorch_model\.bin holds pickled weights.* never read.*\nimport torch; .*\nsave_file\(/s,
  ],
  [
    'of a later module are pickled',
    'csr',
    (folder) => renameSync(join(folder, CSR, WEIGHTS), join(folder, CSR, 'pytorch_model.bin')),
    /^FOLDER\/2_SparseAutoEncoder\/pytorch_model\.bin holds pickled weights/,
  ],
  [
    'lack a tensor',
    SPLADE,
    (folder) =>
      editWeights(folder, (tensors) =>
        tensors.filter(({ name }) => name !== 'bert.embeddings.LayerNorm.bias'),
      ),
    /^FOLDER\/model\.safetensors: no tensor bert\.embeddings\.LayerNorm\.bias \[16\]$/,
  ],
  [
    'have a tensor of another shape',
    'csr',
    (folder) =>
      editWeights(join(folder, CSR), (tensors) =>
        tensors.map((tensor) => (tensor.name === 'latent_bias' ? { ...tensor, shape: [8, 8] } : tensor)),
      ),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor latent_bias is \[8, 8\]; expected \[64\]$/,
  ],
  [
    'have integers for floats',
    SPLADE,
    (folder) =>
      editWeights(folder, (tensors) =>
        tensors.map((tensor) =>
          tensor.name === 'cls.predictions.bias'
            ? { ...tensor, dtype: 'int32', values: new Int32Array(300) }
            : tensor,
        ),
      ),
    /^FOLDER\/model\.safetensors: tensor cls\.predictions\.bias is of type I64; expected a float type$/,
  ],
  [
    'have floats for integers',
    'csr',
    (folder) =>
      editWeights(join(folder, CSR), (tensors) =>
        tensors.map((tensor) =>
          tensor.name === 'stats_last_nonzero'
            ? { ...tensor, dtype: 'float32', values: new Float32Array(64) }
            : tensor,
        ),
      ),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor stats_last_nonzero is of type F32; expected I64 or I32$/,
  ],
  [
    'end early',
    SPLADE,
    (folder) => truncateSync(join(folder, WEIGHTS), statSync(join(folder, WEIGHTS)).size - 10),
    /^FOLDER\/model\.safetensors: tensor ".*" ends at byte \d+ of the data, but the file has \d+; it was cut short/,
  ],
  [
    'are an empty file',
    SPLADE,
    write(WEIGHTS, ''),
    /^FOLDER\/model\.safetensors has 0 bytes; expected a safetensors file/,
  ],
  [
    'lie about the length of their header',
    SPLADE,
    (folder) => {
      const bytes = readFileSync(join(folder, WEIGHTS));
      bytes.writeBigUInt64LE(2n ** 40n);
      writeFileSync(join(folder, WEIGHTS), bytes);
    },
    /^FOLDER\/model\.safetensors states a header of 1099511627776 bytes; expected/,
  ],
  [
    'lie about the place of a tensor',
    SPLADE,
    (folder) => {
      const text = readFileSync(join(folder, WEIGHTS)).toString('latin1');
      writeFileSync(
        join(folder, WEIGHTS),
        Buffer.from(text.replace(/"data_offsets":\[0,/, '"data_offsets":[9,'), 'latin1'),
      );
    },
    /^FOLDER\/model\.safetensors: tensor /,
  ],
  [
    'lack one of several files',
    'splade-bfloat16-sharded',
    remove('model-00002-of-00003.safetensors'),
    /^FOLDER\/model-00002-of-00003\.safetensors cannot be read; expected a safetensors file/,
  ],
  [
    'lack a tensor in the index of several files',
    'splade-bfloat16-sharded',
    json('model.safetensors.index.json', (map) => delete map['bert.embeddings.LayerNorm.bias'], 'weight_map'),
    /^FOLDER\/model\.safetensors\.index\.json: no tensor bert\.embeddings\.LayerNorm\.bias \[16\]$/,
  ],
  [
    'of a static embedding are for another tokenizer',
    'inference-free',
    (folder) =>
      editWeights(join(folder, STATIC), (tensors) =>
        tensors.map((tensor) => ({ ...tensor, shape: [299], values: tensor.values.slice(1) })),
      ),
    /^FOLDER\/query_0_SparseStaticEmbedding\/model\.safetensors: tensor weight is \[299\]; expected \[300\]$/,
  ],
];

refuses('weights that', WEIGHT_FILES);

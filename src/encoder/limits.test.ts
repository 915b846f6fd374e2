import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuses, set, write } from '../testing/files/damages.js';
import { safetensorsBytes } from '../testing/files/safetensors-bytes.js';

const modules = (count: number, type: string): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, idx) => ({ idx, name: String(idx), path: idx === 0 ? '' : 'x', type })),
  );

/** A dense model whose last layer makes embeddings of so many dimensions. */
function wide(dimension: number) {
  return (folder: string): void => {
    mkdirSync(join(folder, '3_Dense'));
    const config = { in_features: 16, out_features: dimension, bias: false };
    write('3_Dense/config.json', JSON.stringify(config))(folder);
    const bytes = dimension * 64;
    const header = { 'linear.weight': { dtype: 'F32', shape: [dimension, 16], data_offsets: [0, bytes] } };
    writeFileSync(join(folder, '3_Dense', 'model.safetensors'), safetensorsBytes(header, bytes));
    const types = ['Transformer', 'Pooling', 'Dense'].map((name) => `sentence_transformers.models.${name}`);
    const paths = ['', '1_Pooling', '3_Dense'];
    write(
      'modules.json',
      JSON.stringify(types.map((type, idx) => ({ idx, name: `${idx}`, path: paths[idx], type }))),
    )(folder);
  };
}

refuses('what would take memory out of proportion to the files', [
  [
    'a list of numbers as modules.json',
    'splade-bert',
    write('modules.json', `[${'1,'.repeat(20_000)}1]`),
    /modules\.json, line 1, column \d+: found "1"; expected at most 10000 values and keys in this file$/,
  ],
  [
    '65 modules',
    'splade-bert',
    write('modules.json', modules(65, 'sentence_transformers.models.Normalize')),
    /modules\.json: the value is a list of 65; expected at most 64 entries$/,
  ],
  [
    'a Router of 65 modules',
    'inference-free',
    set(
      'router_config.json',
      'types',
      Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`${index}_Dense`, 'x.Dense'])),
    ),
    /types in router_config\.json has 65 modules; expected at most 64$/,
  ],
  [
    'a route that takes one module 65 times',
    'inference-free',
    set('router_config.json', 'query', Array(65).fill('query_0_SparseStaticEmbedding'), 'structure'),
    /names 6\d modules in its routes; expected at most 64$/,
  ],
  [
    'a dense model whose new auto-encoder would have gigabytes',
    'dense',
    wide(20_000),
    /^FOLDER: the model would get 1600000000 new parameters, which its files lack; expected at most 33554432$/,
  ],
]);

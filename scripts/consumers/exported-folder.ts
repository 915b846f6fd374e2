import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { OUTPUTS } from '../../src/encoder/exported/onnx-names.js';
import { InputError } from '../../src/errors.js';
import { type ExportFormat, type Precision, PRECISIONS } from '../../src/export/formats.js';
import { METADATA_PREFIX } from '../../src/export/metadata.js';
import { readModulesJson } from '../../src/files/folder/modules-json.js';
import { readJsonFile } from '../../src/files/json/read-json-file.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { readOnnxFile } from '../../src/onnx/read.js';
import type { ExportedGraph } from './exported-graph.js';

const GRAPHS = [
  { file: 'onnx/model.onnx' },
  { file: 'onnx/query_model.onnx', task: 'query' },
  { file: 'onnx/document_model.onnx', task: 'document' },
] as const;

/** Longer than any text: JSON has no infinity. */
const NO_LIMIT = 2 ** 24;

const routerConfig = z.looseObject({ structure: z.record(z.string(), z.array(z.string())) });
const tokenizerConfig = z.looseObject({
  model_max_length: z.number().nullish(),
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});
const poolingConfig = z.looseObject({
  pooling_strategy: z.enum(['max', 'sum']).default('max'),
  activation_function: z.enum(['relu', 'log1p_relu']).default('relu'),
});

/**
 * The graphs of an exported folder: one, or one for each task.
 *
 * @throws InputError if the folder has none
 * @throws ModelFileError if a file is not what it should be
 */
export function readExportedFolder(folder: string): ExportedGraph[] {
  const present = GRAPHS.filter(({ file }) => existsSync(join(folder, file)));
  if (present.length > 0) return present.map((graph) => readGraph(folder, graph));
  const files = GRAPHS.map(({ file }) => file).join(', ');
  throw new InputError(`${folder} holds none of ${files}; expected an exported model`);
}

function readGraph(folder: string, { file, ...task }: Pick<ExportedGraph, 'file' | 'task'>): ExportedGraph {
  const model = readOnnxFile(join(folder, file));
  const said = (key: string): string | undefined => model.metadata[`${METADATA_PREFIX}${key}`];
  const paths = modulePaths(folder, task.task);
  const tokenizer = paths.find((path) => existsSync(join(folder, path, 'tokenizer.json')));
  if (tokenizer === undefined) {
    throw new InputError(`${folder} holds no tokenizer.json; expected an exported model`);
  }
  const config = readTokenizerConfig(join(folder, tokenizer));
  const isOurs = said('version') !== undefined;
  const maxLength = said('max_length') ?? (isOurs ? undefined : config.maxLength);
  return {
    folder,
    file,
    ...task,
    format: formatOf(model, join(folder, file)),
    precision: precisionOf(said('precision')),
    maxActiveDims: Number(said('max_active_dims') ?? 0) || null,
    inputNames: model.graph.inputs.map(({ name }) => name),
    tokenizer: tokenizer === '' ? '' : `${tokenizer}/`,
    addSpecialTokens: !paths.some((path) => path.includes('SparseStaticEmbedding')),
    maxLength: Number(maxLength ?? NO_LIMIT),
    paddingToken: config.paddingToken,
    pooling: poolingIn(folder, paths),
    hasTokens: !paths.some((path) => path.includes('SparseAutoEncoder')),
  };
}

/** Folders of the modules for a text, within the model's folder. */
function modulePaths(folder: string, task: string | undefined): string[] {
  const router = join(folder, 'router_config.json');
  const paths = ['', ...(readModulesJson(folder) ?? []).map(({ path }) => path)];
  if (task === undefined || !existsSync(router)) return paths;
  return [...paths, ...(readJsonFile(router, routerConfig).structure[task] ?? [])];
}

function formatOf({ graph }: OnnxModel, path: string): ExportFormat {
  const outputs = graph.outputs.map(({ name }) => name);
  if (outputs.includes(OUTPUTS.indices)) return 'sparse';
  if (outputs.includes(OUTPUTS.dense)) return outputs.length > 1 ? 'all' : 'dense';
  if (outputs.includes(OUTPUTS.logits)) return 'logits';
  throw new InputError(
    `${path} has the outputs ${outputs.join(', ')}; expected those of an exported model: sentence_embedding; indices, values and offsets; or logits`,
  );
}

function precisionOf(said: string | undefined): Precision {
  return said !== undefined && Object.hasOwn(PRECISIONS, said) ? (said as Precision) : 'fp32';
}

function readTokenizerConfig(folder: string): { maxLength: number | undefined; paddingToken: string } {
  const path = join(folder, 'tokenizer_config.json');
  const config = existsSync(path) ? readJsonFile(path, tokenizerConfig) : {};
  const padding = config.pad_token ?? '[PAD]';
  return {
    maxLength: config.model_max_length ?? undefined,
    paddingToken: typeof padding === 'string' ? padding : padding.content,
  };
}

function poolingIn(folder: string, paths: readonly string[]): ExportedGraph['pooling'] {
  const path = paths.find((each) => each.includes('SpladePooling'));
  if (path === undefined) return { strategy: 'max', activation: 'relu' };
  const { pooling_strategy, activation_function } = readJsonFile(
    join(folder, path, 'config.json'),
    poolingConfig,
  );
  return { strategy: pooling_strategy, activation: activation_function };
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/errors.js';
import { readModulesJson } from '../../src/files/folder/modules-json.js';
import { readJsonFile } from '../../src/files/json/read-json-file.js';
import { readOnnxFile } from '../../src/onnx/read.js';
import type { LogitsPooling } from './browser/encoder/embedding.js';

/** What the outputs of an exported graph are. */
export const FORMATS = ['dense', 'sparse', 'logits', 'all'] as const;
export type Format = (typeof FORMATS)[number];

/** A graph of an exported folder, with what is needed to run it on texts. */
export interface ExportedGraph {
  readonly folder: string;
  /** Within the folder. */
  readonly file: string;
  /** Of a model with one graph for queries and another for documents. */
  readonly task?: 'query' | 'document';
  readonly format: Format;
  readonly inputNames: readonly string[];
  /** Where its tokenizer.json is; within the folder, '' for the folder itself. */
  readonly tokenizer: string;
  /** Longest text in tokens, special ones included. */
  readonly maxLength: number;
  readonly paddingToken: string;
  readonly pooling: LogitsPooling;
  /** Whether a dimension is a token of the vocabulary. */
  readonly hasTokens: boolean;
}

const GRAPHS = [
  { file: 'onnx/model.onnx' },
  { file: 'onnx/query_model.onnx', task: 'query' },
  { file: 'onnx/document_model.onnx', task: 'document' },
] as const;

const routerConfig = z.looseObject({ structure: z.record(z.string(), z.array(z.string()).min(1)) });
const sentenceBertConfig = z.looseObject({ max_seq_length: z.number().nullish() });
const tokenizerConfig = z.looseObject({
  model_max_length: z.number().nullish(),
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});
const poolingConfig = z.looseObject({
  pooling_strategy: z.enum(['max', 'sum']).optional(),
  activation_function: z.enum(['relu', 'log1p_relu']).optional(),
});

/**
 * The graphs of an exported folder: one, or one for each task.
 *
 * @throws InputError for a folder that holds none
 * @throws ModelFileError for a file that is not what it should be
 */
export function readExportedFolder(folder: string): ExportedGraph[] {
  const present = GRAPHS.filter(({ file }) => existsSync(join(folder, file)));
  if (present.length === 0) {
    throw new InputError(
      `${folder} holds no ${GRAPHS.map(({ file }) => file).join(', ')}; expected an exported model`,
    );
  }
  return present.map((graph) => {
    const { inputs, outputs } = readOnnxFile(join(folder, graph.file)).graph;
    const paths = modulePaths(folder, 'task' in graph ? graph.task : undefined);
    const tokenizer = paths.find((path) => existsSync(join(folder, path, 'tokenizer.json')));
    if (tokenizer === undefined)
      throw new InputError(`${folder} holds no tokenizer.json; expected an exported model`);
    return {
      folder,
      ...graph,
      format: formatOf(
        outputs.map(({ name }) => name),
        join(folder, graph.file),
      ),
      inputNames: inputs.map(({ name }) => name),
      tokenizer,
      ...lengthAndPadding(join(folder, tokenizer)),
      ...poolingIn(folder, paths),
    };
  });
}

/** Folders of the modules that a text goes through, within the model's. */
function modulePaths(folder: string, task: string | undefined): string[] {
  const entries = readModulesJson(folder) ?? [];
  const paths = ['', ...entries.map(({ path }) => path)];
  const router = join(folder, 'router_config.json');
  if (task === undefined || !existsSync(router)) return paths;
  return [...(readJsonFile(router, routerConfig).structure[task] ?? []), ...paths];
}

function formatOf(outputs: readonly string[], path: string): Format {
  if (outputs.includes('indices')) return 'sparse';
  if (outputs.includes('sentence_embedding')) return outputs.length > 1 ? 'all' : 'dense';
  if (outputs.includes('logits')) return 'logits';
  throw new InputError(
    `${path} has the outputs ${outputs.join(', ')}; expected those of an exported model: sentence_embedding; indices, values and offsets; or logits`,
  );
}

function lengthAndPadding(folder: string): Pick<ExportedGraph, 'maxLength' | 'paddingToken'> {
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? readJsonFile(path, schema) : undefined;
  };
  const config = read('tokenizer_config.json', tokenizerConfig);
  const ofModel = read('sentence_bert_config.json', sentenceBertConfig)?.max_seq_length;
  const padding = config?.pad_token ?? '[PAD]';
  return {
    maxLength: ofModel ?? config?.model_max_length ?? 512,
    paddingToken: typeof padding === 'string' ? padding : padding.content,
  };
}

function poolingIn(folder: string, paths: readonly string[]): Pick<ExportedGraph, 'pooling' | 'hasTokens'> {
  const path = paths.find((each) => each.includes('SpladePooling'));
  const hasTokens = !paths.some((each) => each.includes('SparseAutoEncoder'));
  if (path === undefined) return { pooling: {}, hasTokens };
  const { pooling_strategy, activation_function } = readJsonFile(
    join(folder, path, 'config.json'),
    poolingConfig,
  );
  return {
    hasTokens,
    pooling: {
      ...(pooling_strategy !== undefined && { pooling_strategy }),
      ...(activation_function !== undefined && { activation_function }),
    },
  };
}

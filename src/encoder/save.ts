import type * as tf from '@tensorflow/tfjs';
import { aPath, checkArguments } from '../arguments.js';
import { UsageError } from '../errors.js';
import { formatModuleConfig } from '../files/folder/module-config.js';
import { formatModulesJson, MODULES_FILE, type ModuleEntry } from '../files/folder/modules-json.js';
import {
  formatSentenceTransformersConfig,
  SENTENCE_TRANSFORMERS_CONFIG_FILE,
  type SentenceTransformersConfig,
} from '../files/folder/sentence-transformers-config.js';
import { type FileWriter, writeFolder } from '../files/folder/write-folder.js';
import { pythonJson } from '../files/json/python-json.js';
import { WEIGHTS_FILE } from '../files/safetensors/read-weights.js';
import { type TensorToStore, writeSafetensors } from '../files/safetensors/write.js';
import { writeFileWhole, writeTextWhole } from '../files/write-file.js';
import { type Adapter, trainsBias } from '../modules/lora/adapter.js';
import { writeLoraConfig } from '../modules/lora/lora-config.js';
import { LORA_A, LORA_B, splitName } from '../modules/lora/lora-specs.js';
import { typeOf } from '../modules/module-type.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { Transformer } from '../modules/transformer/transformer.js';
import { flag, oneOf, type OptionRules, resolveOptions } from '../options.js';
import { TOKENIZER_CONFIG_FILE } from '../tokenizer/files/tokenizer-files.js';
import { requireSameBase } from './adapter-base.js';
import { ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE, PEFT_PREFIX } from './adapter-files.js';
import type { EncoderParts } from './encoder-parts.js';

export interface SaveOptions {
  /** Whether to replace an existing model. */
  readonly overwrite?: boolean;
  /** Type of the weights in the files. Default F32. */
  readonly dtype?: Dtype;
  /** Whether to write README.md, the model's card. Default true. */
  readonly createModelCard?: boolean;
}

export interface ModelToSave {
  readonly modules: readonly Module[];
  /** The `kwargs` of each module in modules.json. */
  readonly kwargs?: EncoderParts['kwargs'];
  readonly config: SentenceTransformersConfig;
  readonly readme: string;
  /** The limit of tokens, if it was set after loading. */
  readonly maxSeqLength: number | undefined;
}

/** transformers' names of the types of weights. */
const DTYPE_NAMES = { F32: 'float32', F16: 'float16' } as const;
const CARD_FILE = 'README.md';

const RULES: OptionRules<Required<SaveOptions>> = {
  overwrite: flag(false),
  dtype: oneOf(Object.keys(DTYPE_NAMES) as Dtype[], 'F32'),
  createModelCard: flag(true),
};

/**
 * Writes a model as a folder that sentence-transformers can open. See `writeFolder` for failures.
 *
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws UsageError if the folder exists and `overwrite` is not set, or a tokenizer has no files
 */
export async function saveModel(
  folder: string,
  model: ModelToSave,
  options: SaveOptions = {},
): Promise<void> {
  checkArguments('save', { folder: aPath }, { folder });
  const { overwrite, dtype, createModelCard } = resolveOptions('save', RULES, options);
  const writers = modelWriters(model, { dtype, hasWeights: () => true });
  const wanted = createModelCard ? writers : writers.filter(({ path }) => path !== CARD_FILE);
  await writeFolder(folder, wanted, { overwrite });
}

export interface WriterOptions {
  readonly dtype: Dtype;
  /** Whether to write the weights of a module, too. */
  readonly hasWeights: (module: Module) => boolean;
}

type Dtype = 'F32' | 'F16';

/** The writers of the files of a model's folder, in order. */
export function modelWriters(model: ModelToSave, options: WriterOptions): FileWriter[] {
  const entries: ModuleEntry[] = model.modules.map((module, index) => ({
    idx: index,
    name: String(index),
    // Modules that take texts are in the folder itself.
    path: index === 0 && takesTexts(module) ? '' : `${index}_${module.kind.name}`,
    type: typeOf(module.kind),
    kwargs: model.kwargs?.[index]?.slice(),
  }));
  return [
    textWriter(SENTENCE_TRANSFORMERS_CONFIG_FILE, formatSentenceTransformersConfig(model.config)),
    ...entries.flatMap(({ path }, index) =>
      moduleWriters(path, model.modules[index] as Module, model, options),
    ),
    textWriter(CARD_FILE, model.readme),
    // Last: a folder with this file is complete.
    textWriter(MODULES_FILE, formatModulesJson(entries)),
  ];
}

const takesTexts = (module: Module): boolean => isRouted(module) || module.input !== undefined;

function moduleWriters(
  path: string,
  module: Module,
  model: ModelToSave,
  options: WriterOptions,
): FileWriter[] {
  const { dtype, hasWeights } = options;
  const inFolder = (name: string): string => (path === '' ? name : `${path}/${name}`);
  const config = textWriter(inFolder(module.kind.configFile), formatModuleConfig(configOf(module, model)));
  if (isRouted(module)) {
    const inner = [...module.folders()];
    return [config, ...inner.flatMap(([name, each]) => moduleWriters(inFolder(name), each, model, options))];
  }
  if (module instanceof Transformer && module.adapter !== undefined) {
    return [
      config,
      ...tokenizerWriters(module, model.maxSeqLength, inFolder),
      ...adapterWriters(module, module.adapter, dtype, inFolder),
    ];
  }
  const tensors = hasWeights(module) ? tensorsOf(module) : [];
  const modelConfig = module.checkpoint?.modelConfig ?? jsonOf(module.modelConfig);
  return [
    config,
    ...(modelConfig === undefined
      ? []
      : [textWriter(inFolder('config.json'), withDtype(modelConfig, dtype))]),
    ...tokenizerWriters(module, model.maxSeqLength, inFolder),
    ...(tensors.length === 0
      ? []
      : [
          {
            path: inFolder(WEIGHTS_FILE),
            write: (to: string) => writeSafetensors(to, tensors, { dtype, metadata: metadataOf(module) }),
          },
        ]),
  ];
}

/** The files of an adapter, in peft's format. Its base model is not among them. */
function adapterWriters(
  transformer: Transformer,
  { config, layers }: Adapter,
  dtype: Dtype,
  inFolder: (name: string) => string,
): FileWriter[] {
  const { parameters, checkpoint } = transformer;
  if (checkpoint === undefined) {
    throw new UsageError(
      'save: the transformer was not loaded from a folder, which the files of an adapter have to name; call mergeAdapter first',
    );
  }
  const isTrained = trainsBias(config.bias, layers);
  const tensors = parameters.entries().flatMap(([name, variable]): TensorToStore[] => {
    const [layer, part] = splitName(name);
    const isBias = isTrained(name);
    if (!isBias && !name.endsWith(LORA_A) && !name.endsWith(LORA_B)) return [];
    const own = isBias && layers.includes(layer) ? `${layer}.base_layer.${part}` : name;
    // When the reference opens an adapter, the bias of the decoder is no longer tied to the other one.
    const { aliases = [] } = parameters.specifications.find((spec) => spec.name === name) ?? {};
    const tied = isBias ? aliases.filter((alias) => alias.endsWith('decoder.bias')) : [];
    return [own, ...tied].map((each) => tensorOf(PEFT_PREFIX + each, variable));
  });
  const json = pythonJson(writeLoraConfig(config, checkpoint.source), { indent: 2, sortKeys: true });
  return [
    textWriter(inFolder(ADAPTER_CONFIG_FILE), `${json}\n`),
    {
      path: inFolder(ADAPTER_WEIGHTS_FILE),
      write: async (to) => {
        await requireSameBase(transformer, checkpoint);
        await writeSafetensors(to, tensors, { dtype, metadata: { format: 'pt' } });
      },
    },
  ];
}

/** A limit that was set after loading is written to the tokenizer's config instead. */
function configOf(module: Module, { maxSeqLength }: ModelToSave): Record<string, unknown> {
  const { max_seq_length: limit, ...rest } = module.config();
  return limit === undefined || maxSeqLength !== undefined ? rest : module.config();
}

/** In transformers' format. */
function jsonOf(config: Record<string, unknown> | undefined): string | undefined {
  return config && `${pythonJson(config, { indent: 2, sortKeys: true })}\n`;
}

/** Otherwise the reference would round the weights to the type in the config. */
function withDtype(config: string, dtype: Dtype): string {
  return config.replace(/("(?:torch_)?dtype"\s*:\s*)"\w+"/, `$1"${DTYPE_NAMES[dtype]}"`);
}

function tokenizerWriters(
  { kind, tokenizer, input }: Module,
  maxSeqLength: number | undefined,
  inFolder: (name: string) => string,
): FileWriter[] {
  if (tokenizer?.files.size === 0) {
    throw new UsageError(
      `the tokenizer of ${kind.name} has no files to be saved; expected one that loadTokenizer gives`,
    );
  }
  const limit = input?.isFixed === true ? undefined : maxSeqLength;
  return [...(tokenizer?.files ?? [])].map(([name, bytes]) => {
    const isLimited = name === TOKENIZER_CONFIG_FILE && limit !== undefined;
    const written = isLimited ? withMaxLength(bytes, limit) : bytes;
    return { path: inFolder(name), write: (to: string) => writeFileWhole(to, [written]) };
  });
}

/** The rest of the file stays unchanged. */
function withMaxLength(config: Uint8Array, maxLength: number): Uint8Array {
  const text = new TextDecoder().decode(config);
  const limit = /("model_max_length"\s*:\s*)[\d.eE+-]+/;
  const changed = limit.test(text)
    ? text.replace(limit, `$1${maxLength}`)
    : text.replace('{', `{\n  "model_max_length": ${maxLength},`);
  return new TextEncoder().encode(changed);
}

function tensorsOf(module: Module): TensorToStore[] {
  return module.parameters.entries().map(([name, variable]) => tensorOf(name, variable));
}

function tensorOf(name: string, variable: tf.Variable): TensorToStore {
  const dtype = variable.dtype === 'int32' ? 'int32' : 'float32';
  return { name, shape: variable.shape, dtype, values: () => elements(variable) };
}

async function elements(variable: tf.Variable): Promise<Float32Array | Int32Array> {
  return (await variable.data()) as Float32Array | Int32Array;
}

/** As in the reference; transformers names the format. */
function metadataOf({ kind, modelConfig }: Module): Record<string, string> {
  if (modelConfig !== undefined) return { format: 'pt' };
  return { ...kind.weightsMetadata };
}

export function textWriter(path: string, text: string): FileWriter {
  return { path, write: (to) => writeTextWhole(to, text) };
}

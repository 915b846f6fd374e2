import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFileError, OptionError } from '../errors.js';
import { readAnyJson } from '../files/json/read-json-file.js';
import { readSafetensors, type Safetensors } from '../files/safetensors/read.js';
import { attach, trainsBias } from '../modules/lora/adapter.js';
import { type LoraConfig, readLoraConfig } from '../modules/lora/lora-config.js';
import { loraSpecs } from '../modules/lora/lora-specs.js';
import { loraTargets, type Targets } from '../modules/lora/lora-targets.js';
import { Parameters } from '../modules/parameters.js';
import type { Transformer } from '../modules/transformer/transformer.js';
import { locateModel, type LocateOptions } from './locate.js';
import { inFile } from './module-files.js';
import { parametersFrom } from './weights.js';

export const ADAPTER_CONFIG_FILE = 'adapter_config.json';
export const ADAPTER_WEIGHTS_FILE = 'adapter_model.safetensors';
/** The prefix of peft's names. */
export const PEFT_PREFIX = 'base_model.model.';
const BASE_BIAS = '.base_layer.bias';

/** What a folder says about its adapter. */
export interface StoredAdapter {
  readonly folder: string;
  readonly config: LoraConfig;
  /** The folder of the model that it belongs to. */
  readonly baseFolder: string;
}

/**
 * The adapter in a folder, whose base model is located; undefined if there is none.
 *
 * @throws ModelFileError if it is not a LoRA adapter, or its base model is missing
 */
export async function readAdapter(folder: string, locate: LocateOptions): Promise<StoredAdapter | undefined> {
  const path = join(folder, ADAPTER_CONFIG_FILE);
  if (!existsSync(path)) return undefined;
  const { config, base } = inFile(path, () => readLoraConfig(readAnyJson(path)));
  // The revision is that of the adapter.
  const { revision: _, ...rest } = locate;
  const baseFolder = await locateModel(base, rest, null).catch((error: unknown) => {
    rest.signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelFileError(`${path}: the model of base_model_name_or_path cannot be opened: ${why}`, {
      cause: error,
    });
  });
  if (existsSync(join(baseFolder, ADAPTER_CONFIG_FILE))) {
    throw new ModelFileError(
      `${path}: base_model_name_or_path is ${baseFolder}, which has an adapter itself; expected a model without an adapter`,
    );
  }
  return { folder, config, baseFolder };
}

/**
 * Adds a stored adapter to its base.
 *
 * @throws ModelFileError that names each tensor that is missing or has another shape
 */
export function attachStored(transformer: Transformer, { folder, config: read }: StoredAdapter): void {
  const { parameters: base, modelConfig } = transformer;
  const { layers, targetModules } = targetsOf(
    join(folder, ADAPTER_CONFIG_FILE),
    read,
    base.specifications,
    modelConfig['model_type'],
  );
  const config = { ...read, targetModules };
  const specs = loraSpecs(base.specifications, layers, config);
  const isTrained = trainsBias(config.bias, layers);
  const biases = base.specifications.filter(({ name }) => isTrained(name));
  const path = join(folder, ADAPTER_WEIGHTS_FILE);
  const found = parametersFrom(path, withOurNames(readSafetensors(path)), [...specs, ...biases]);
  for (const { name } of biases) {
    base.get(name).assign(found.get(name));
    found.get(name).dispose();
  }
  const matrices = new Parameters(new Map(specs.map(({ name }) => [name, found.get(name)])), specs);
  Object.assign(transformer, attach(base, config, layers, specs, matrices));
}

type ArgumentsOf<F extends (...given: never[]) => unknown> = F extends (...given: infer A) => unknown
  ? A
  : never;

function targetsOf(...given: ArgumentsOf<typeof loraTargets>): Targets {
  try {
    return loraTargets(...given);
  } catch (error) {
    throw error instanceof OptionError ? new ModelFileError(error.message, { cause: error }) : error;
  }
}

function withOurNames({ tensors, metadata }: Safetensors): Safetensors {
  const renamed = [...tensors].map(([name, tensor]) => {
    const bare = name.startsWith(PEFT_PREFIX) ? name.slice(PEFT_PREFIX.length) : name;
    return [bare.replace(BASE_BIAS, '.bias'), tensor] as const;
  });
  return { tensors: new Map(renamed), metadata };
}

import { isObject } from '../../arguments.js';
import { describe } from '../../describe.js';
import { ModelFileError } from '../../errors.js';
import {
  areStrings,
  countFrom,
  flag,
  nullable,
  numberAbove,
  numberFrom,
  oneOf,
  type OptionRule,
  type OptionRules,
  resolveOptions,
} from '../../options.js';

/** Options of an adapter, with the names and defaults of peft's `LoraConfig`. */
export interface LoraOptions {
  /** The rank: how many rows A has. Default 8. */
  readonly r?: number;
  /** The adapter is scaled by `loraAlpha / r`. Default 8. */
  readonly loraAlpha?: number;
  /**
   * The linear layers to adapt. In a list, each name is a layer's full name or its end, such as `query` or
   * `output.dense`. A string is a regular expression for full names, or `all-linear`. Default: query and value, for
   * the architectures for which peft has a default.
   */
  readonly targetModules?: readonly string[] | string | null;
  /** Layers to leave out, given as in `targetModules`. */
  readonly excludeModules?: readonly string[] | string | null;
  /** Dropout for the adapter's input in mode `train`. Default 0. */
  readonly loraDropout?: number;
  /** Which biases of the transformer are trained, too: none, those of adapted layers, or all. Default `none`. */
  readonly bias?: LoraBias;
  /** Whether to scale by `loraAlpha / sqrt(r)` instead (https://arxiv.org/abs/2312.03732). Default false. */
  readonly useRslora?: boolean;
  /**
   * true: A is uniform within 1 / sqrt(its columns), and B is zero. `gaussian`: A is normal with deviation 1 / r. false: B is
   * random, too. Default true.
   */
  readonly initLoraWeights?: boolean | 'gaussian';
}

export type LoraBias = 'none' | 'all' | 'lora_only';
export type LoraConfig = Required<LoraOptions>;

function isPattern(text: string): boolean {
  try {
    return text !== '' && new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const names: OptionRule<readonly string[] | string> = {
  expects: 'a list of names, a regular expression, or "all-linear"',
  accepts: (value) => (typeof value === 'string' ? isPattern(value) : areStrings(value) && value.length > 0),
};

const RULES: OptionRules<LoraConfig> = {
  r: countFrom(1, 8),
  loraAlpha: numberAbove(0, 8),
  targetModules: nullable(names),
  excludeModules: nullable(names),
  loraDropout: {
    ...numberFrom(0, 0),
    expects: 'a number from 0 to below 1',
    accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
  },
  bias: oneOf<LoraBias>(['none', 'all', 'lora_only'], 'none'),
  useRslora: flag(false),
  initLoraWeights: {
    default: true,
    expects: 'true, false or "gaussian"',
    accepts: (value) => typeof value === 'boolean' || value === 'gaussian',
  },
};

/** @throws OptionError if an option is unknown or of the wrong type */
export const resolveLoraOptions = (owner: string, options: LoraOptions): LoraConfig =>
  resolveOptions(owner, RULES, options);

/** The factor of the adapter's product. */
export const scalingOf = ({ r, loraAlpha, useRslora }: LoraConfig): number =>
  loraAlpha / (useRslora ? Math.sqrt(r) : r);

/** peft's names of the options in adapter_config.json. */
const PEFT_NAMES: Readonly<Record<keyof LoraConfig, string>> = {
  r: 'r',
  loraAlpha: 'lora_alpha',
  targetModules: 'target_modules',
  excludeModules: 'exclude_modules',
  loraDropout: 'lora_dropout',
  bias: 'bias',
  useRslora: 'use_rslora',
  initLoraWeights: 'init_lora_weights',
};

/** Keys of peft that do not change what an adapter computes. */
const IGNORED = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'layers_pattern',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
  'task_type',
]);

/** The contents of adapter_config.json. Without `base_model_name_or_path`, peft cannot open it by itself. */
export function writeLoraConfig(config: LoraConfig, base: string): Record<string, unknown> {
  return {
    ...Object.fromEntries(
      Object.entries(PEFT_NAMES).map(([name, key]) => [key, config[name as keyof LoraConfig]]),
    ),
    base_model_name_or_path: base,
    fan_in_fan_out: false,
    inference_mode: false,
    modules_to_save: null,
    peft_type: 'LORA',
    revision: null,
    task_type: null,
    use_dora: false,
  };
}

/**
 * The options and the base model in an adapter_config.json.
 *
 * @throws ModelFileError if it is not LoRA, or has settings that are not supported
 */
export function readLoraConfig(json: unknown): { config: LoraConfig; base: string } {
  if (!isObject(json)) throw new ModelFileError(`adapter_config.json: ${describe(json)}; expected an object`);
  const given = new Map<string, unknown>(Object.entries(json));
  if (given.get('peft_type') !== 'LORA') {
    throw new ModelFileError(
      `adapter_config.json: peft_type is ${describe(given.get('peft_type'))}; expected "LORA", the only kind of adapter that is supported`,
    );
  }
  const known = new Set(Object.values(PEFT_NAMES));
  for (const [key, value] of given) {
    if (known.has(key) || IGNORED.has(key) || isEmpty(value)) continue;
    throw new ModelFileError(
      `adapter_config.json: ${key} is ${describe(value)}; adapters with this setting are not supported`,
    );
  }
  const base = given.get('base_model_name_or_path');
  if (typeof base !== 'string' || base === '') {
    throw new ModelFileError(
      `adapter_config.json: base_model_name_or_path is ${describe(base)}; expected the folder or the model id of the model that the adapter belongs to`,
    );
  }
  const options: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(PEFT_NAMES)) {
    const value = given.get(key);
    if (value === undefined || value === null) continue;
    const { accepts, expects } = RULES[name as keyof LoraConfig];
    if (!accepts(value)) {
      throw new ModelFileError(`adapter_config.json: ${key} is ${describe(value)}; expected ${expects}`);
    }
    options[name] = value;
  }
  return { config: resolveLoraOptions('adapter_config.json', options), base };
}

/** Whether a setting of peft is off. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === false) return true;
  return isObject(value) && Object.keys(value).length === 0;
}

import type { LoraOptions } from '../../modules/lora/lora-config.js';
import type { OptionRule } from '../../options.js';
import { DESCRIBED } from './described.js';
import { TRAIN_RULES, type TrainSettings } from './settings.js';

/** The path of the schema inside the package. */
export const SCHEMA_FILE = 'train.schema.json';

const TEXT = { type: 'string' };
const NAMED_TEXTS = { type: 'object', additionalProperties: TEXT };
const LIST = { type: 'array', items: TEXT, minItems: 1 };

const NAMES = { anyOf: [TEXT, LIST, { type: 'null' }] };
const POSITIVE = { type: 'number', exclusiveMinimum: 0 };
const LORA: Readonly<Record<keyof LoraOptions, object>> = {
  r: { type: 'integer', minimum: 1 },
  loraAlpha: POSITIVE,
  targetModules: NAMES,
  excludeModules: NAMES,
  loraDropout: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
  bias: { enum: ['none', 'all', 'lora_only'] },
  useRslora: { type: 'boolean' },
  initLoraWeights: { enum: [true, false, 'gaussian'] },
};

/** The JSON forms of settings that a command line passes as JSON. */
const FORMS: Readonly<Partial<Record<keyof TrainSettings, readonly object[]>>> = {
  train: [TEXT, LIST, NAMED_TEXTS],
  columns: [LIST],
  loss: [TEXT, { type: 'object', required: ['name'], properties: { name: TEXT } }],
  lora: [{ type: 'object', additionalProperties: false, properties: LORA }],
  learningRateMapping: [{ type: 'object', additionalProperties: { type: 'number', minimum: 0 } }],
  lrSchedulerKwargs: [{ type: 'object' }],
  optimArgs: [{ type: 'object' }],
  targetActiveDims: [{ type: 'object', additionalProperties: POSITIVE }],
  prompts: [TEXT, { type: 'object' }],
  routerMapping: [{ type: 'object' }],
};

/** A JSON Schema for the configurations of `train`, made from the table of its settings. */
export function trainSchema(): object {
  const rules = Object.entries(TRAIN_RULES) as [keyof TrainSettings, OptionRule<unknown>][];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A configuration of sparse-encoder train',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: TEXT,
      ...Object.fromEntries(rules.map(([name, rule]) => [name, schemaOf(name, rule)])),
    },
  };
}

/** Describes a setting, and its accepted values if its name does not make them clear. */
export function describedSetting(name: keyof TrainSettings): string {
  const { written, expects }: OptionRule<unknown> = TRAIN_RULES[name];
  const isClear = written === 'text' || written === 'flag';
  return isClear ? DESCRIBED[name] : `${DESCRIBED[name]}: ${expects.replace(/, or null$/, '')}`;
}

function schemaOf(name: keyof TrainSettings, rule: OptionRule<unknown>): object {
  const forms = [...(FORMS[name] ?? [formOf(name, rule)]), ...(rule.accepts(null) ? [{ type: 'null' }] : [])];
  const [only] = forms;
  return {
    description: describedSetting(name),
    ...(rule.default !== undefined && { default: rule.default }),
    ...(forms.length === 1 ? only : { anyOf: forms }),
  };
}

function formOf(name: string, { written, choices, accepts }: OptionRule<unknown>): object {
  if (choices !== undefined) return { enum: choices };
  if (written === 'flag') return { type: 'boolean' };
  if (written === 'text') return TEXT;
  if (written === 'number') return { type: accepts(0.5) || accepts(1.5) ? 'number' : 'integer' };
  throw new TypeError(`${name} has no form in a configuration`);
}

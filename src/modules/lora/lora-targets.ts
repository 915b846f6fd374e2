import { OptionError } from '../../errors.js';
import { nearestName, optionError } from '../../options.js';
import type { ParameterSpec } from '../parameters.js';
import type { LoraConfig } from './lora-config.js';
import { splitName } from './lora-specs.js';

const ALL_LINEAR = 'all-linear';

const QUERY_AND_VALUE = ['query', 'value'];
/** peft's default layers by model_type. */
const DEFAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['bert', QUERY_AND_VALUE],
  ['electra', QUERY_AND_VALUE],
  ['roberta', QUERY_AND_VALUE],
  ['xlm-roberta', QUERY_AND_VALUE],
  ['deberta-v2', ['query_proj', 'value_proj']],
]);

/** transformers splits the matrices of these models, so their layers have other names there than in their files. */
const RENAMED: ReadonlySet<unknown> = new Set(['gte', 'new']);

type Names = readonly string[] | string;

export interface Targets {
  /** As given, or the default. */
  readonly targetModules: Names;
  /** The full names of the layers, in the order of the model. */
  readonly layers: readonly string[];
}

/**
 * The linear layers that an adapter is added to.
 *
 * @param owner the function in errors
 * @throws OptionError if no linear layer fits
 */
export function loraTargets(
  owner: string,
  { targetModules: given, excludeModules: excluded }: Pick<LoraConfig, 'targetModules' | 'excludeModules'>,
  specs: readonly ParameterSpec[],
  modelType: unknown,
): Targets {
  if (RENAMED.has(modelType)) {
    throw new OptionError(
      `${owner}: adapters are not supported for model_type "${String(modelType)}", whose layers have other names in transformers than in its files`,
    );
  }
  const linear = layersOf(specs.filter((spec) => spec.linear === true));
  const targetModules = given ?? DEFAULTS.get(modelType);
  if (targetModules === undefined) {
    throw optionError(
      owner,
      'targetModules',
      `is missing, and model_type "${String(modelType)}" has no default; the linear layers are ${shortNames(linear)}`,
    );
  }
  const layers = linear.filter(
    (layer) => fits(targetModules, layer) && (excluded === null || !fits(excluded, layer)),
  );
  if (layers.length > 0) return { targetModules, layers };
  throw optionError(
    owner,
    'targetModules',
    `${JSON.stringify(targetModules)} fits no linear layer${excluded === null ? '' : ' that excludeModules leaves'}; expected some of ${shortNames(linear)}`,
  );
}

/**
 * Checks that each name of a list fits a layer. peft ignores names that fit nothing if another one does.
 *
 * @throws OptionError that names the nearest layers
 */
export function requireLayers(
  owner: string,
  { targetModules }: Pick<LoraConfig, 'targetModules'>,
  specs: readonly ParameterSpec[],
): void {
  if (targetModules === null || typeof targetModules === 'string') return;
  const linear = layersOf(specs.filter((spec) => spec.linear === true));
  const unknown = targetModules.find((name) => !linear.some((layer) => fits([name], layer)));
  if (unknown !== undefined) throw noSuchLayer(owner, unknown, linear, layersOf(specs));
}

function noSuchLayer(
  owner: string,
  name: string,
  linear: readonly string[],
  all: readonly string[],
): OptionError {
  const other = all.find((layer) => fits([name], layer));
  const nearest = nearestName(name, [...new Set(linear.map((layer) => splitName(layer)[1]))]);
  const problem =
    other === undefined
      ? `has ${JSON.stringify(name)}, which fits no linear layer`
      : `has ${JSON.stringify(name)}; ${other} cannot be adapted, only linear layers before the decoder can`;
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return optionError(owner, 'targetModules', `${problem}${hint} (the linear layers: ${shortNames(linear)})`);
}

const layersOf = (specs: readonly ParameterSpec[]): string[] => [
  ...new Set(specs.map(({ name }) => splitName(name)[0])),
];

function fits(names: Names, layer: string): boolean {
  if (names === ALL_LINEAR) return true;
  if (typeof names === 'string') return new RegExp(`^(?:${names})$`, 'u').test(layer);
  return names.some((name) => layer === name || layer.endsWith(`.${name}`));
}

/** The last parts of their names. */
const shortNames = (layers: readonly string[]): string =>
  [...new Set(layers.map((layer) => splitName(layer)[1]))].join(', ');

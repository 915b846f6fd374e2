import { describe } from '../../src/describe.js';
import { UsageError } from '../../src/errors.js';
import { nearestName } from '../../src/options.js';
import type { ParityConfig, ReferenceSpec, Target } from './define.js';
import { fullRules } from './draw.js';
import type { InputSpecs } from './input-spec.js';
import { type Dimensions, nodesOf, sizeKey, tensorNodeAt, type TensorNode } from './sizes.js';

const CONFIG_KEYS = ['python', 'targets', 'cases', 'seed', 'budgets'];
const PYTHON_KEYS = ['requirements', 'interpreter', 'path'];
const TARGET_KEYS = [
  'name',
  'ours',
  'reference',
  'inputs',
  'dims',
  'gradients',
  'refused',
  'nonFinite',
  'budgets',
  'mutants',
  'cases',
];
const REFERENCE_KEYS = ['call', 'positional', 'rename', 'fixed', 'construct', 'truth'];
const BUDGET_KEYS = ['ratio', 'supportBand', 'ulps'];
const LIMIT_KEYS = ['limit', 'level'];
const LEVELS = ['off', 'warn', 'error'];

/**
 * Checks the form of a configuration, which TypeScript does not check in a `.js` file.
 *
 * @throws UsageError that names the place, what is wrong and what was expected
 */
export function checkConfig(config: unknown, place: string): ParityConfig {
  const given = object(config, place, CONFIG_KEYS, 'defineParity({ targets: [...] })');
  if (given['python'] !== undefined) object(given['python'], `${place}: python`, PYTHON_KEYS);
  checkBudgets(given['budgets'], `${place}: budgets`);
  checkCount(given['cases'], `${place}: cases`, 1);
  checkCount(given['seed'], `${place}: seed`, 0);
  const { targets } = given;
  if (!Array.isArray(targets) || targets.length === 0) {
    throw new UsageError(`${place}: targets is ${describe(targets)}; expected a list of at least one target`);
  }
  const names = new Set<string>();
  for (const [index, target] of targets.entries()) {
    const name = checkTarget(target, `${place}: targets[${index}]`);
    if (names.has(name)) {
      throw new UsageError(`${place}: two targets have the name "${name}"; give each a name of its own`);
    }
    names.add(name);
  }
  return config as ParityConfig;
}

/** The reference of a target in full. */
export const referenceSpec = ({ reference }: Pick<Target, 'reference'>): ReferenceSpec =>
  typeof reference === 'string' ? { call: reference } : reference;

export const targetName = (target: Pick<Target, 'name' | 'reference'>): string =>
  target.name ?? referenceSpec(target).call.split(':').at(-1) ?? '';

/** Checks a target and returns its name. */
export function checkTarget(value: unknown, place: string): string {
  const given = object(value, place, TARGET_KEYS, '{ ours, reference, inputs }');
  for (const key of ['ours', 'reference', 'inputs']) {
    if (given[key] === undefined) {
      throw new UsageError(`${place} lacks "${key}"; expected { ours, reference, inputs }`);
    }
  }
  const spec = checkReference(given['reference'], `${place}: reference`);
  const target = value as Target;
  const name = targetName(target);
  const here = `target "${name}"`;
  checkOurs(given['ours'], `${here}: ours`, spec);
  for (const [id, mutant] of Object.entries(target.mutants ?? {})) {
    checkOurs(mutant, `${here}: mutants.${id}`, spec);
  }
  checkBudgets(given['budgets'], `${here}: budgets`);
  checkCount(given['cases'], `${here}: cases`, 1);
  const inputs = object(given['inputs'], `${here}: inputs`) as InputSpecs;
  if (Object.keys(inputs).length === 0) {
    throw new UsageError(`${here} has no inputs, so there is nothing to vary`);
  }
  checkInputs(inputs, target.dims ?? {}, here);
  for (const [id, changed] of Object.entries(target.refused ?? {})) {
    const unknown = Object.keys(changed).find((input) => !(input in inputs));
    if (unknown !== undefined) throw unknownName(`${here}: refused.${id}`, unknown, Object.keys(inputs));
    checkInputs({ ...inputs, ...(changed as InputSpecs) }, target.dims ?? {}, `${here}: refused.${id}`);
  }
  const names = Object.keys(inputs);
  for (const input of [...(spec.positional ?? []), ...Object.keys(spec.rename ?? {})]) {
    if (!names.includes(input)) throw unknownName(`${here}: reference`, input, names);
  }
  checkGradients(target, inputs, here);
  return name;
}

function checkReference(value: unknown, place: string): ReferenceSpec {
  const expected = 'module:function, such as torch.nn.functional:huber_loss';
  const given = typeof value === 'string' ? { call: value } : object(value, place, REFERENCE_KEYS);
  const { call } = given as { call?: unknown };
  if (typeof call !== 'string' || !/^[\w.]+:[\w.]+$/.test(call)) {
    throw new UsageError(`${place} is ${describe(call)}; expected ${expected}`);
  }
  return given as unknown as ReferenceSpec;
}

function checkOurs(value: unknown, place: string, { construct }: ReferenceSpec): void {
  const kind = typeof value === 'function' ? 'function' : (value as { kind?: unknown } | null)?.kind;
  if (kind !== 'function' && kind !== 'command' && kind !== 'module') {
    throw new UsageError(
      `${place} is ${describe(value)}; expected a function, command(...) or modulePort({ ... })`,
    );
  }
  if (kind === 'module' && construct === undefined) {
    throw new UsageError(`${place} is a module; its reference needs "construct", the arguments of the class`);
  }
}

function checkGradients({ gradients = [] }: Target, inputs: InputSpecs, here: string): void {
  const tensors = [...nodesOf(inputs)].flatMap(([path, { kind }]) =>
    kind === 'tensor' || kind === 'same-as' ? [path] : [],
  );
  for (const path of gradients) {
    if (!tensors.includes(path)) {
      throw new UsageError(
        `${here}: gradients has "${path}"; the tensors among the inputs are ${tensors.join(', ') || 'none'}`,
      );
    }
    const { dtype } = fullRules(tensorNodeAt(inputs, path));
    if (!dtype.startsWith('float')) {
      throw new UsageError(
        `${here}: gradients has "${path}", which is ${dtype}; only floats have a gradient`,
      );
    }
  }
}

/** Refuses what no tensor can be. */
function checkInputs(inputs: InputSpecs, dims: Dimensions, here: string): void {
  for (const [name, spec] of Object.entries(inputs)) {
    if (typeof spec !== 'object' || spec === null || typeof (spec as { node?: unknown }).node !== 'object') {
      throw new UsageError(
        `${here}: inputs.${name} is ${describe(spec)}; expected tensor(...), scalar(...) and the like`,
      );
    }
  }
  for (const [path, node] of nodesOf(inputs)) {
    const place = `${here}: inputs.${path}`;
    if (node.kind === 'same-as') tensorNodeAt(inputs, path);
    if (node.kind === 'tensor') checkTensor(node, place, inputs, dims, path);
    if (node.kind === 'number' && !(node.min <= node.max)) throw emptyRange(place, node.min, node.max);
    if (node.kind === 'choice' && node.values.length === 0) throw new UsageError(`${place} has no choices`);
    if (node.kind === 'list' && !(node.length[0] <= node.length[1])) {
      throw emptyRange(`${place}: length`, ...node.length);
    }
  }
}

function checkTensor(
  node: TensorNode,
  place: string,
  inputs: InputSpecs,
  dims: Dimensions,
  path: string,
): void {
  const { min, max, dtype } = fullRules(node);
  if (!(min <= max)) throw emptyRange(place, min, max);
  const sizes = node.shape.map((_, axis) => sizeKey(inputs, dims, path, axis));
  const [last, before] = [sizes.at(-1), sizes.at(-2)];
  const cannot = (why: string): UsageError => new UsageError(`${place} cannot be satisfied: ${why}`);
  if (node.structure === 'one-hot' && (last === undefined || last.size.least < 1)) {
    throw cannot('one-hot rows need a last axis of at least 1');
  }
  if (node.structure === 'symmetric' && (last === undefined || before?.key !== last.key)) {
    throw cannot('a symmetric tensor needs last two axes of one size; give both the same name in dims');
  }
  if (node.structure === 'probabilities' && !dtype.startsWith('float')) {
    throw cannot(`probabilities are floats, not ${dtype}`);
  }
  if (node.active !== undefined) {
    const [least, most] = node.active;
    if (!(least <= most)) throw emptyRange(`${place}: active`, least, most);
    if (last === undefined || least > last.size.least) {
      throw cannot(`${least} active numbers in rows of ${last?.size.least ?? 0}`);
    }
    if (min === 0 && max === 0) throw cannot('active numbers are not zero, and the range holds only zero');
  }
  for (const kink of node.kinks ?? []) {
    if (kink < min || kink > max) throw cannot(`the kink ${kink} is outside the range from ${min} to ${max}`);
  }
}

const emptyRange = (place: string, least: number, most: number): UsageError =>
  new UsageError(`${place} has the range from ${least} to ${most}, which is empty`);

function checkBudgets(value: unknown, place: string): void {
  if (value === undefined) return;
  for (const [name, limit] of Object.entries(object(value, place, BUDGET_KEYS))) {
    const { limit: size, level = 'error' } = object(limit, `${place}.${name}`, LIMIT_KEYS);
    if (typeof size !== 'number' || !(size >= 0)) {
      throw new UsageError(`${place}.${name}: limit is ${describe(size)}; expected a number of at least 0`);
    }
    if (!LEVELS.includes(level as string)) {
      throw new UsageError(`${place}.${name}: level is ${describe(level)}; expected ${LEVELS.join(', ')}`);
    }
  }
}

function checkCount(value: unknown, place: string, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return;
  throw new UsageError(`${place} is ${describe(value)}; expected a whole number of at least ${least}`);
}

function object(
  value: unknown,
  place: string,
  known?: readonly string[],
  expected = 'an object',
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${place} is ${describe(value)}; expected ${expected}`);
  }
  const unknown = Object.keys(value).find((key) => known !== undefined && !known.includes(key));
  if (unknown !== undefined) throw unknownName(place, unknown, known ?? []);
  return value as Record<string, unknown>;
}

function unknownName(place: string, name: string, known: readonly string[]): UsageError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return new UsageError(`${place} has "${name}", which is unknown; ${hint}`);
}

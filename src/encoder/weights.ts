import { tensorOver } from '../engine/arrays.js';
import { onEncodingEngine } from '../engine/set-engine.js';
import { ModelFileError } from '../errors.js';
import { MAX_NEW_PARAMETERS } from '../files/limits.js';
import type { Safetensors, StoredTensor } from '../files/safetensors/read.js';
import { newVariable } from '../modules/initial-parameters.js';
import { Parameters, type ParameterSpec } from '../modules/parameters.js';
import { tf } from '../tf.js';
import { warn } from '../warnings.js';

/**
 * Checks the size of new parameters, which only a config determines.
 *
 * @throws ModelFileError that names the file
 */
export function requireNewSize(specs: readonly Pick<ParameterSpec, 'shape'>[], path: string): void {
  const size = specs.reduce((sum, { shape }) => sum + shape.reduce((product, each) => product * each, 1), 0);
  if (size <= MAX_NEW_PARAMETERS) return;
  throw new ModelFileError(
    `${path}: the model would get ${size} new parameters, which its files lack; expected at most ${MAX_NEW_PARAMETERS}`,
  );
}

/**
 * The parameters of a module from its weights file. Parameters that no output depends on are made if the file lacks
 * them. Warns about unused tensors.
 *
 * @param ignored tensors of the file that are not needed and cause no warning
 * @throws ModelFileError that names the file and each tensor that is missing or has another shape
 */
export function parametersFrom(
  path: string,
  { tensors: stored }: Safetensors,
  specs: readonly ParameterSpec[],
  ignored: readonly RegExp[] = [],
): Parameters {
  const left = new Set(stored.keys());
  const problems: string[] = [];
  const found = specs.flatMap((spec): Found[] => {
    const names = [spec.name, ...(spec.aliases ?? [])];
    const name = names.find((each) => stored.has(each));
    // A tied tensor may be in the file under several names.
    for (const each of names) left.delete(each);
    const tensor = name === undefined ? undefined : stored.get(name);
    if (tensor === undefined && spec.unused === true) return [{ spec, tensor }];
    if (tensor === undefined) problems.push(`no tensor ${spec.name} ${shapeText(spec.shape)}`);
    else if (!sameShape(tensor.shape, spec.shape)) {
      problems.push(`tensor ${name} is ${shapeText(tensor.shape)}; expected ${shapeText(spec.shape)}`);
    } else if (FLOATS.has(tensor.dtype) !== (spec.dtype !== 'int32')) {
      problems.push(
        `tensor ${name} is of type ${tensor.dtype}; expected ${spec.dtype === 'int32' ? 'I64 or I32' : 'a float type'}`,
      );
    } else return [{ spec, tensor }];
    return [];
  });
  if (problems.length > 0) throw new ModelFileError(`${path}: ${listed(problems)}`);
  const unknown = [...left].filter((name) => !ignored.some((pattern) => pattern.test(name)));
  if (unknown.length > 0) {
    warn(
      `${path}: ${listed(unknown, ', ')} ${unknown.length === 1 ? 'is' : 'are'} not part of this model, and not read`,
    );
  }
  requireNewSize(
    found.flatMap(({ spec, tensor }) => (tensor === undefined ? spec : [])),
    path,
  );
  const variables = new Map<string, tf.Variable>();
  try {
    for (const { spec, tensor } of found) {
      variables.set(spec.name, tensor === undefined ? newVariable(spec) : variableOf(spec, tensor));
    }
  } catch (error) {
    // An element of a tensor may be out of range.
    tf.dispose([...variables.values()]);
    throw error;
  }
  return new Parameters(variables, specs);
}

/** On the engine for encoding. On onnx the variable uses the array itself. */
function variableOf(
  { shape, trainable = true, dtype = 'float32' }: ParameterSpec,
  stored: StoredTensor,
): tf.Variable {
  const elements = stored.values();
  return onEncodingEngine(() => {
    const inPlace = tf.getBackend() === 'onnx' && elements instanceof Float32Array;
    const tensor = inPlace ? tensorOver(elements, shape) : tf.tensor(elements, [...shape], dtype);
    const variable = tf.variable(tensor, trainable);
    tensor.dispose();
    return variable;
  });
}

/** Without a tensor, the parameter has to be made. */
interface Found {
  readonly spec: ParameterSpec;
  readonly tensor: StoredTensor | undefined;
}

const FLOATS: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16']);
const MOST_LISTED = 8;

function listed(items: readonly string[], separator = '; '): string {
  const more = items.length - MOST_LISTED;
  return items.slice(0, MOST_LISTED).join(separator) + (more > 0 ? `${separator}and ${more} more` : '');
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

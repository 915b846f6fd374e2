import type { WireTensor } from '../../src/python/exchange.js';
import { tf } from '../../src/tf.js';
import type { CaseOutcome } from '../case.js';
import { toTensor } from '../run-case.js';
import type { FunctionResult } from './define.js';
import { type Cotangents, type JudgedFunctionCase, plainNames } from './reference-side.js';
import type { CaseValue } from './values.js';

/** Computes our side of a case. An error of the function is an outcome, too. */
export interface OurSide {
  run(judged: JudgedFunctionCase): Promise<CaseOutcome>;
  close(): Promise<void>;
}

/** What a function under test receives besides its inputs. */
export interface Surroundings {
  /** Weights of a module, by the names of the reference. */
  readonly weights: ReadonlyMap<string, tf.Tensor>;
  /** Notes an intermediate result under the name of a layer of the reference, and returns it. */
  readonly watch: <T extends tf.Tensor>(layer: string, result: T) => T;
}

type TensorFunction = (
  inputs: Readonly<Record<string, unknown>>,
  surroundings: Surroundings,
) => FunctionResult;

interface TensorSubject {
  readonly compute: TensorFunction;
  /** The paths of the tensors to differentiate by. */
  readonly gradients: readonly string[];
  readonly weights?: ReadonlyMap<string, WireTensor>;
}

/** A function of tfjs tensors. */
export function tensorSide(subject: TensorSubject): OurSide {
  return {
    run: async (judged) => outcomeOf(subject, judged),
    close: async () => undefined,
  };
}

/** Results by name, as numbers and as texts. */
interface Outputs {
  readonly tensors: Map<string, tf.Tensor>;
  readonly plain: Record<string, string | null>;
}

async function outcomeOf(
  { compute, gradients, weights = new Map() }: TensorSubject,
  { case: { inputs }, cotangents }: JudgedFunctionCase,
): Promise<CaseOutcome> {
  const given = new Map<string, tf.Tensor>();
  const owned: tf.Tensor[] = [];
  try {
    const values = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, valueOf(value, name, given)]),
    );
    const loaded = new Map([...weights].map(([name, weight]) => [name, toTensor(narrow(weight))]));
    for (const [name, weight] of loaded) given.set(`weights/${name}`, weight);
    const seen: Outputs = { tensors: new Map(), plain: {} };
    const keep = (name: string, tensor: tf.Tensor): void => {
      if (seen.tensors.has(name)) return;
      const copy = tf.keep(tensor.clone());
      owned.push(copy);
      seen.tensors.set(name, copy);
    };
    const watch: Surroundings['watch'] = (layer, result) => {
      keep(`layer/${layer}`, result);
      return result;
    };
    const outputs = (): Outputs => {
      const found: Outputs = { tensors: new Map(), plain: seen.plain };
      collect(compute(values, { weights: loaded, watch }), 'value', found);
      for (const [name, tensor] of found.tensors) keep(name, tensor);
      return found;
    };
    const asked = gradients.flatMap((path) => {
      const tensor = given.get(path);
      return tensor === undefined ? [] : [[path, tensor] as const];
    });
    const found = gradientsOf(outputs, asked, cotangents, owned);
    if (seen.tensors.size === 0) tf.tidy(() => void outputs());
    const tensors = new Map<string, WireTensor>();
    for (const [name, tensor] of [...seen.tensors, ...found]) tensors.set(name, await wireOf(tensor));
    return { componentNames: plainNames(seen.plain), tensors };
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { type, message }, componentNames: [], tensors: new Map() };
  } finally {
    tf.dispose([...given.values(), ...owned]);
  }
}

/** The gradients in every direction. */
function gradientsOf(
  outputs: () => Outputs,
  asked: readonly (readonly [string, tf.Tensor])[],
  cotangents: Cotangents,
  owned: tf.Tensor[],
): Map<string, tf.Tensor> {
  const found = new Map<string, tf.Tensor>();
  if (asked.length === 0) return found;
  for (const [number, directions] of cotangents.entries()) {
    const grads = tf.tidy(() => {
      const result = tf.engine().gradients(
        () => weightedSum(outputs(), directions),
        asked.map(([, tensor]) => tensor),
        undefined,
        true,
      );
      const parts = result.grads as (tf.Tensor | null | undefined)[];
      return asked.map(([, tensor], index) => parts[index] ?? tf.zerosLike(tensor));
    });
    owned.push(...grads);
    for (const [index, gradient] of grads.entries()) {
      found.set(gradientName(asked[index]?.[0] ?? '', number), gradient);
    }
  }
  return found;
}

/** The name of the gradient of an input in the direction of this number. */
export const gradientName = (path: string, direction: number): string =>
  `gradient/${path}${direction === 0 ? '' : `#${direction + 1}`}`;

/** tfjs has no int64; weights of this type are counts. */
const narrow = (tensor: WireTensor): WireTensor =>
  tensor.dtype === 'int64'
    ? { ...tensor, dtype: 'int32', data: Int32Array.from(tensor.data, Number) }
    : tensor;

function weightedSum({ tensors }: Outputs, directions: ReadonlyMap<string, WireTensor>): tf.Scalar {
  const parts = [...directions].flatMap(([name, direction]) => {
    const output = tensors.get(name);
    // Another shape is a mismatch of the value; here it must not be an error.
    if (output === undefined || output.size !== direction.data.length) return [];
    return [output.mul(toTensor({ ...direction, shape: output.shape })).sum<tf.Scalar>()];
  });
  return parts.length === 0 ? tf.scalar(0) : tf.addN(parts);
}

/** What the function receives for a value: tensors, numbers, texts, arrays and objects. */
function valueOf(value: CaseValue, path: string, given: Map<string, tf.Tensor>): unknown {
  switch (value.kind) {
    case 'tensor': {
      const made = toTensor(value.tensor);
      given.set(path, made);
      return made;
    }
    case 'number':
    case 'plain':
      return value.value;
    case 'list':
      return value.items.map((item, index) => valueOf(item, `${path}.${index}`, given));
    case 'record':
      return Object.fromEntries(
        Object.entries(value.fields).map(([key, field]) => [key, valueOf(field, `${path}.${key}`, given)]),
      );
  }
}

function collect(result: FunctionResult, path: string, found: Outputs): void {
  if (result instanceof tf.Tensor) found.tensors.set(path, result);
  else if (typeof result === 'number') found.tensors.set(path, tf.scalar(result));
  else if (typeof result === 'boolean') found.tensors.set(path, tf.scalar(result, 'bool'));
  else if (typeof result === 'string' || result === null) found.plain[path] = result;
  else if (Array.isArray(result)) {
    for (const [index, item] of (result as readonly FunctionResult[]).entries()) {
      collect(item, `${path}.${index}`, found);
    }
  } else if (typeof result === 'object') {
    for (const [key, item] of Object.entries(result)) collect(item, `${path}.${key}`, found);
  } else {
    throw new TypeError(
      `the function returned ${typeof result}; expected tensors, numbers, texts, arrays or objects`,
    );
  }
}

async function wireOf(tensor: tf.Tensor): Promise<WireTensor> {
  const data = (await tensor.data()) as WireTensor['data'];
  const dtype = tensor.dtype === 'int32' || tensor.dtype === 'bool' ? tensor.dtype : 'float32';
  return { dtype, shape: tensor.shape, data };
}

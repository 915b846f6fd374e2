import {
  type BaseLoss,
  type EmbeddingModel,
  type Features,
  lossComponents,
  type LossValue,
  totalLoss,
  UsageError,
} from '../src/api/losses.js';
import type { WireTensor } from '../src/python/exchange.js';
import { tf } from '../src/tf.js';
import {
  type CaseOptions,
  type CaseOutcome,
  type CaseTensor,
  optionNumber,
  type ParityCase,
} from './case.js';
import { LABEL_GRADIENT } from './conditioning.js';
import { type Implementation, OURS } from './implementation.js';

/** The model of a case: its features are already the embeddings. */
const COLUMNS: EmbeddingModel = { forward: (features) => features, trainableVariables: () => [] };

interface Computed {
  readonly componentNames: readonly string[];
  readonly value: tf.Tensor;
  readonly components: tf.Tensor;
  readonly gradients: readonly (readonly [name: string, gradient: tf.Tensor])[];
}

/** Value, components and gradients of a case. An error of an implementation is an outcome, too. */
export async function runCase(
  testCase: ParityCase,
  implementation: Implementation = OURS,
): Promise<CaseOutcome> {
  const features = testCase.columns.map((column) =>
    Object.fromEntries(Object.entries(column).map(([name, tensor]) => [name, tensor && toTensor(tensor)])),
  );
  const labels = testCase.labels === null ? undefined : toTensor(testCase.labels);
  try {
    const computed = differentiate(testCase, implementation, features, labels);
    const { value, components, gradients } = computed;
    const named: (readonly [string, tf.Tensor])[] = [
      ['value', value],
      ['components', components],
      ...gradients,
    ];
    const tensors = await Promise.all(
      named.map(async ([name, tensor]) => [name, await toWire(tensor)] as const),
    );
    tf.dispose([value, components, gradients.map(([, gradient]) => gradient)]);
    return { componentNames: computed.componentNames, tensors: new Map(tensors) };
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { type, message }, componentNames: [], tensors: new Map() };
  } finally {
    for (const tensor of [...features.flatMap((column) => Object.values(column)), labels]) tensor?.dispose();
  }
}

function differentiate(
  testCase: ParityCase,
  implementation: Implementation,
  features: Features[],
  labels: tf.Tensor | undefined,
): Computed {
  const given = features.flatMap((column, index) =>
    Object.entries(column).map(([name, tensor]) => [`gradient/${index}.${name}`, tensor] as const),
  );
  const inputs = [...given, [LABEL_GRADIENT, labels] as const].flatMap(([name, tensor]) =>
    tensor instanceof tf.Tensor && tensor.dtype === 'float32' ? [[name, tensor] as const] : [],
  );
  const compute = (): Record<string, tf.Scalar> =>
    lossComponents(evaluate(testCase, implementation, features, labels));
  try {
    return gradientsTo(inputs, compute);
  } catch (error) {
    // Labels that are only compared or rounded get no gradient in PyTorch, while tfjs refuses to look for one.
    if (labels === undefined || !String(error).includes(NO_DERIVATIVE)) throw error;
    return gradientsTo(
      inputs.filter(([, tensor]) => tensor !== labels),
      compute,
    );
  }
}

/** The message of tfjs for an operation that it cannot differentiate. */
const NO_DERIVATIVE = 'gradient function not found';

type Input = readonly [name: string, tensor: tf.Tensor];

function gradientsTo(inputs: readonly Input[], compute: () => Record<string, tf.Scalar>): Computed {
  const seen: { names: string[]; values?: tf.Tensor } = { names: [] };
  try {
    const result = tf.tidy(() =>
      tf.engine().gradients(
        () => {
          const components = compute();
          seen.names = Object.keys(components);
          seen.values = tf.keep(tf.stack(Object.values(components)));
          return totalLoss(components);
        },
        inputs.map(([, tensor]) => tensor),
        undefined,
        true,
      ),
    );
    const gradients = (result.grads as (tf.Tensor | null | undefined)[]).map((gradient, i) => {
      const [name, input] = inputs[i] as Input;
      return [name, gradient ?? tf.zerosLike(input)] as const;
    });
    const { names, values } = seen;
    return { componentNames: names, value: result.value, components: values as tf.Tensor, gradients };
  } catch (error) {
    seen.values?.dispose();
    throw error;
  }
}

function evaluate(
  testCase: ParityCase,
  implementation: Implementation,
  features: Features[],
  labels: tf.Tensor | undefined,
): LossValue {
  const { base, wrapper } = buildLoss(testCase, implementation);
  if (wrapper !== undefined) return (wrapper as Forward).forward(features, labels);
  if (testCase.loss === 'SparseMSELoss') return (base as Forward).forward(features, labels);
  const embeddings = features.map((column) => column['sentenceEmbedding'] as tf.Tensor2D);
  if (testCase.loss === 'CSRReconstructionLoss') {
    return (base as FromOutputs).computeLossFromEmbeddings(features);
  }
  if (testCase.loss === 'FlopsLoss') return (base as FromMatrix).computeLossFromEmbeddings(embeddings[0]);
  return (base as BaseLoss).computeLossFromEmbeddings(embeddings, labels);
}

/** The loss of a case, and its wrapper if there is one. */
export function buildLoss(
  {
    loss,
    lossOptions,
    wrapper,
    wrapperOptions,
  }: Pick<ParityCase, 'loss' | 'lossOptions' | 'wrapper' | 'wrapperOptions'>,
  implementation: Implementation = OURS,
  model: EmbeddingModel = COLUMNS,
): { base: object; wrapper?: object } {
  const build = (name: string, options: Record<string, unknown>): object => {
    const Class = implementation.losses[name];
    if (Class === undefined) throw new UsageError(`this implementation has no ${name}`);
    return new Class(model, options as never);
  };
  const base = build(loss, resolve(lossOptions, implementation));
  if (wrapper === 'none') return { base };
  const options = resolve(wrapperOptions, implementation);
  for (const side of ['documentRegularizer', 'queryRegularizer']) {
    const name = options[side];
    if (typeof name === 'string') options[side] = build(name, {});
  }
  return { base, wrapper: build(wrapper, { loss: base, ...options }) };
}

interface Forward {
  forward(features: Features[], labels?: tf.Tensor): LossValue;
}
interface FromOutputs {
  computeLossFromEmbeddings(outputs: Features[]): LossValue;
}
interface FromMatrix {
  computeLossFromEmbeddings(embeddings: tf.Tensor2D | undefined): LossValue;
}

function resolve(options: CaseOptions, { functions }: Implementation): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'string' ? (functions[value] ?? value) : optionNumber(value),
    ]),
  );
}

export function toTensor({ dtype, shape, data }: CaseTensor): tf.Tensor {
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new RangeError(`tfjs has no ${dtype} tensors; a case holds float32, int32 or bool`);
  }
  return tf.tensor(data as Float32Array, shape, dtype);
}

export async function toWire(tensor: tf.Tensor): Promise<WireTensor> {
  return { dtype: 'float32', shape: tensor.shape, data: (await tensor.data()) as Float32Array };
}

import * as tf from '@tensorflow/tfjs';
import type { Features } from '../features.js';
import { MODULE_KINDS } from '../modules/catalog.js';
import { initialParameters } from '../modules/initial-parameters.js';
import type { Module, ModuleKind } from '../modules/module.js';
import type { ParameterSpec } from '../modules/parameters.js';
import { camelCase, snakeCase } from '../modules/reference-names.js';
import { randomMatrix } from './matrices.js';
import type { ModuleCase, Numbers } from './module-cases.js';

type Found = Record<string, Float32Array | Float64Array | Int32Array>;

const kindOf = ({ module }: ModuleCase): ModuleKind => {
  const kind = MODULE_KINDS.find(({ name }) => name === module);
  if (kind === undefined) throw new RangeError(`no module ${module}`);
  return kind;
};

const configOf = (one: ModuleCase): unknown =>
  kindOf(one).readConfig(one.options, one.vocabulary === undefined ? {} : { vocabularySize: one.vocabulary });

export const specsOf = (one: ModuleCase): readonly ParameterSpec[] => kindOf(one).parameters(configOf(one));

/** Random numbers for every parameter except the counters. */
export function parametersOf(one: ModuleCase, index: number): Record<string, Numbers> {
  return Object.fromEntries(
    specsOf(one)
      .filter(({ dtype }) => dtype !== 'int32')
      .map(({ name, shape }, at) => {
        const size = shape.reduce((product, dimension) => product * dimension, 1);
        const values = randomMatrix(1000 + 10 * index + at, 1, size).flat();
        return [name, { type: 'float32' as const, shape, values }];
      }),
  );
}

/** Makes the module with new parameters. */
export function moduleOf(one: ModuleCase): Module {
  const config = configOf(one);
  return kindOf(one).create(config, initialParameters(kindOf(one).parameters(config), 0));
}

const tensorOf = ({ type, shape, values }: Numbers): tf.Tensor => tf.tensor([...values], [...shape], type);

/** Outputs, gradients and counters of the last forward pass, under the names that the Python side of this test uses. */
export async function outcomeOf(one: ModuleCase, index: number): Promise<Found> {
  const config = configOf(one);
  const kind = kindOf(one);
  const parameters = initialParameters(kind.parameters(config), 0);
  for (const [name, numbers] of Object.entries(parametersOf(one, index))) {
    parameters.get(name).assign(tensorOf(numbers));
  }
  const module = kind.create(config, parameters);
  const options = { mode: one.mode, ...(one.maxActiveDims && { maxActiveDims: one.maxActiveDims }) };

  const forward = (features: Features): Record<string, tf.Tensor> => {
    const made = Object.entries(module.forward(features, options));
    return Object.fromEntries(
      made.flatMap(([name, x]) =>
        x instanceof tf.Tensor && x.dtype === 'float32' && x !== features[name] ? [[name, x]] : [],
      ),
    );
  };
  const found: Record<string, tf.Tensor> = {};
  const trained = parameters.entries().filter(([, variable]) => variable.trainable);
  for (const step of one.steps) {
    const features = Object.fromEntries([
      ...Object.entries(step).map(([name, numbers]) => [camelCase(name), tensorOf(numbers)] as const),
      ...Object.entries(one.features ?? {}).map(([name, value]) => [camelCase(name), value] as const),
    ]) as Features;
    const inputs = Object.entries(features).filter(
      (entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor && entry[1].dtype === 'float32',
    );
    let outputs: Record<string, tf.Tensor> = {};
    const weighted = (): tf.Scalar => {
      outputs = forward(features);
      return tf.addN(
        Object.values(outputs).map((x) => {
          tf.keep(x);
          const weights = Array.from({ length: x.size }, (_, at) => ((at % 7) - 3) / 4);
          return x.mul(tf.tensor(weights, x.shape)).sum();
        }),
      );
    };
    if (one.mode === 'inference') outputs = forward(features);
    else {
      const leaves = [...inputs, ...trained];
      const { grads } = tf.engine().gradients(
        weighted,
        leaves.map(([, leaf]) => leaf),
        undefined,
        true,
      );
      leaves.forEach(([name], at) => {
        const gradient = (grads as (tf.Tensor | undefined)[])[at];
        if (gradient) found[`gradient/${at < inputs.length ? snakeCase(name) : name}`] = gradient;
      });
    }
    for (const [name, x] of Object.entries(outputs)) found[`output/${snakeCase(name)}`] = x;
  }
  for (const [name, variable] of parameters.entries()) {
    if (variable.dtype === 'int32') found[`state/${name}`] = variable;
  }
  const entries = await Promise.all(
    Object.entries(found).map(async ([name, x]) => [name, await x.data()] as const),
  );
  return Object.fromEntries(entries) as Found;
}

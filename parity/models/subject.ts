import * as tf from '@tensorflow/tfjs';
import { leavesOf } from '../../src/encoder/module-tree.js';
import { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import type { Module } from '../../src/modules/module.js';

/** A model as it is compared: opened from its folder; the modules are its own, or a wrong variant of them. */
export interface Subject {
  readonly encoder: SparseEncoder;
  readonly modules: readonly Module[];
  readonly parameters: readonly Parameter[];
  /** Puts counters back to where the folder has them. */
  readonly reset: () => void;
}

export interface Parameter {
  /** One of those that the reference's `named_parameters` has for it. */
  readonly name: string;
  readonly variable: tf.Variable;
}

/** Opens a folder. The caller disposes the encoder. */
export async function openSubject(folder: string): Promise<Subject> {
  const encoder = await SparseEncoder.load(folder);
  // Also tells the encoder that its parameters are known to others.
  const variables = encoder.namedParameters().map(([, variable]) => variable);
  const counters = await Promise.all(
    variables
      .filter(({ dtype }) => dtype === 'int32')
      .map(async (variable) => ({ variable, values: (await variable.data()).slice() })),
  );
  return {
    encoder,
    modules: encoder.modules,
    parameters: namedAsInReference(encoder.modules).filter(({ variable }) => variable.dtype === 'float32'),
    reset: () => {
      for (const { variable, values } of counters) assign(variable, values as Int32Array);
    },
  };
}

function assign(variable: tf.Variable, values: Int32Array): void {
  const tensor = tf.tensor(values, variable.shape, 'int32');
  variable.assign(tensor);
  tensor.dispose();
}

/** Parameters by names of the reference: files, and so we, leave out that a Transformer holds its model as `model`. */
function namedAsInReference(modules: readonly Module[]): Parameter[] {
  return leavesOf(modules).flatMap(({ module, path }) =>
    module.parameters.entries().map(([name, variable]) => {
      const within = module.modelConfig === undefined ? '' : 'model.';
      return { name: `${path}.${within}${name}`, variable };
    }),
  );
}

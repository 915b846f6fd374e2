import type { Module } from '../../src/api/modules.js';
import { variablesOf } from '../../src/encoder/module-tree.js';
import { SparseEncoder } from '../../src/index.js';
import { tf } from '../../src/tf.js';

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
  const parameters = encoder.namedParameters().map(([name, variable]) => ({ name, variable }));
  const counters = await Promise.all(
    variablesOf(encoder.modules)
      .filter(({ dtype }) => dtype === 'int32')
      .map(async (variable) => ({ variable, values: (await variable.data()).slice() })),
  );
  return {
    encoder,
    modules: encoder.modules,
    parameters,
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

import type { Module } from '../../src/api/modules.js';
import { variablesOf } from '../../src/encoder/module-tree.js';
import { SparseEncoder } from '../../src/index.js';
import { tf } from '../../src/tf.js';

/** A model under comparison, opened from its folder, with its own modules or a wrong variant of them. */
export interface Subject {
  readonly encoder: SparseEncoder;
  readonly modules: readonly Module[];
  readonly parameters: readonly Parameter[];
  /** Resets counters to their values in the folder. */
  readonly reset: () => void;
}

export interface Parameter {
  /** One of its names in the reference's `named_parameters`. */
  readonly name: string;
  readonly variable: tf.Variable;
}

/** Opens a folder. The caller disposes the encoder. */
export async function openSubject(folder: string): Promise<Subject> {
  const encoder = await SparseEncoder.load(folder);
  // This also tells the encoder that others know its parameters.
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

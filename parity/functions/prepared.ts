import type { WireTensor } from '../../src/python/exchange.js';
import { tf } from '../../src/tf.js';
import { referenceSpec, targetName } from './check-config.js';
import { CommandSide } from './command-side.js';
import type { Budgets, ParityConfig, Target } from './define.js';
import type { ModulePort } from './module-port.js';
import { type OurSide, type Surroundings, tensorSide } from './our-side.js';
import { type Calls, inspectReference, type ReferenceTarget } from './reference-side.js';

/** A target with what is known of its reference. */
export interface PreparedTarget {
  readonly name: string;
  readonly target: Target;
  readonly reference: ReferenceTarget;
  readonly budgets: Budgets;
  /** The layers of a module, by the names of the reference. */
  readonly layers: readonly string[];
  /** Our side, or a wrong variant of it. */
  readonly open: (ours: Target['ours']) => OurSide;
}

/**
 * Asks the reference whether it can serve a target, and takes the weights of a module from it.
 *
 * @param folder the folder of the configuration
 * @throws UsageError if the reference cannot be imported or does not take the inputs
 */
export async function prepareTarget(
  target: Target,
  { budgets }: Pick<ParityConfig, 'budgets'>,
  { reference, folder }: { readonly reference: Calls; readonly folder: string },
): Promise<PreparedTarget> {
  const spec = referenceSpec(target);
  const gradients = target.gradients ?? [];
  const plain: ReferenceTarget = { reference: spec, inputs: Object.keys(target.inputs), gradients };
  await inspectReference(reference, plain);
  const { weights, layers } = spec.construct === undefined ? NO_WEIGHTS : await weightsOf(reference, plain);
  const trained = isModule(target.ours) && gradients.length > 0 ? trainable(weights) : [];
  const all = [...gradients, ...trained];
  return {
    name: targetName(target),
    target,
    reference: { ...plain, gradients: all, weights },
    budgets: { ...budgets, ...target.budgets },
    layers,
    open: (ours) => openSide(ours, { folder, gradients: all, weights }),
  };
}

const isModule = (ours: Target['ours']): ours is ModulePort =>
  typeof ours === 'object' && ours.kind === 'module';

const NO_WEIGHTS: { weights: ReadonlyMap<string, WireTensor>; layers: readonly string[] } = {
  weights: new Map(),
  layers: [],
};

async function weightsOf(reference: Calls, { reference: spec }: ReferenceTarget): Promise<typeof NO_WEIGHTS> {
  const reply = await reference.call('functions.initial_weights', {
    meta: { reference: { call: spec.call, construct: { ...spec.construct } } },
    tensors: {},
  });
  const { layers } = reply.meta as { layers: string[] };
  return { weights: new Map(Object.entries(reply.tensors)), layers };
}

const trainable = (weights: ReadonlyMap<string, WireTensor>): string[] =>
  [...weights].flatMap(([name, { dtype }]) => (dtype.startsWith('float') ? [`weights/${name}`] : []));

/** Our side of a target, or a wrong variant of it. */
export function openSide(
  ours: Target['ours'],
  given: {
    readonly folder: string;
    readonly gradients: readonly string[];
    readonly weights: typeof NO_WEIGHTS.weights;
  },
): OurSide {
  const { folder, gradients, weights } = given;
  if (typeof ours === 'function') {
    return tensorSide({ compute: (inputs) => ours(inputs as never), gradients });
  }
  if (ours.kind === 'command') return new CommandSide(ours, { folder, gradients });
  return tensorSide({
    compute: (inputs, { weights: loaded, watch }) =>
      ours.forward(inputs as never, mapped(ours, loaded), watch),
    gradients,
    weights,
  });
}

/** Our weights by our names. The transpose is part of what is differentiated, so gradients have the reference's layout. */
function mapped({ weights }: ModulePort, loaded: Surroundings['weights']): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, source]) => {
      const from = typeof source === 'string' ? source : source.from;
      const weight = loaded.get(from);
      if (weight === undefined) {
        throw new RangeError(
          `weights.${name}: the reference has no "${from}"; it has ${[...loaded.keys()].join(', ')}`,
        );
      }
      return [name, typeof source === 'string' ? weight : tf.transpose(weight)];
    }),
  );
}

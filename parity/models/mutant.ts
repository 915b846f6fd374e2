import type * as tf from '@tensorflow/tfjs';
import {
  type Features,
  type ForwardOptions,
  type Module,
  Parameters,
  router,
} from '../../src/api/modules.js';
import { isRouted } from '../../src/modules/routed-module.js';

/** A wrong variant of a model: a comparison that passes it is blind to that mistake. */
export interface ModelMutant {
  /** MODULE/MISTAKE, unique in the whole table */
  readonly id: string;
  /** The mistake. */
  readonly what: string;
  /** The model that it is a variant of. */
  readonly model: string;
  readonly modules: (right: readonly Module[]) => Module[];
}

/** Replaces each module of this name, including those in routes of routers. */
export function replace(name: string, wrong: (module: Module) => Module): ModelMutant['modules'] {
  const replaced = (module: Module): Module => {
    if (isRouted(module)) {
      const routes = [...module.routes].map(([route, inner]) => [route, inner.map(replaced)] as const);
      return router({ routes: new Map(routes), defaultRoute: module.defaultRoute });
    }
    return module.kind.name === name ? wrong(module) : module;
  };
  return (right) => right.map(replaced);
}

type Forward = (features: Features, options: ForwardOptions) => Features;

/** A module with another `forward`. */
export function doing(module: Module, forward: Forward): Module {
  const { kind, parameters, modelConfig } = module;
  return { kind, parameters, ...(modelConfig && { modelConfig }), config: () => module.config(), forward };
}

/** A module that sees changed features; its additions are added to the original ones. */
export function seeing(module: Module, change: (features: Features) => Features): Module {
  return doing(module, (features, options) => {
    const changed = change(features);
    const made = module.forward(changed, options);
    const added = Object.entries(made).filter(([name, value]) => value !== changed[name]);
    return { ...features, ...(Object.fromEntries(added) as Features) };
  });
}

/** A module whose outputs are changed. */
export function adding(module: Module, change: (made: Features) => Partial<Features>): Module {
  return doing(module, (features, options) => {
    const made = module.forward(features, options);
    return { ...made, ...change(made) };
  });
}

interface Changes {
  /** Other settings in the module's config file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Other settings in a transformer's config.json. */
  readonly modelConfig?: Readonly<Record<string, unknown>>;
  /** Replaces a parameter; gradients flow through it. */
  readonly parameter?: (name: string, variable: tf.Variable) => tf.Tensor;
}

/** The same module built again with changes. Without changes it is right. */
export function remade(module: Module, { config = {}, modelConfig = {}, parameter }: Changes): Module {
  const entries = module.parameters.entries();
  const read = module.kind.readConfig(
    { ...module.config(), ...config },
    { modelConfig: { ...module.modelConfig, ...modelConfig } },
  );
  return doing(module, (features, options) => {
    const parameters = entries.map(
      ([name, variable]) => [name, parameter?.(name, variable) ?? variable] as const,
    );
    // A module only reads its parameters, so any tensor will do.
    const given = new Parameters(new Map(parameters as [string, tf.Variable][]));
    return module.kind.create(read, given).forward(features, options);
  });
}

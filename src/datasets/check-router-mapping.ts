import { anObject, type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { nearestName, optionError } from '../options.js';
import type { RouterMapping } from './column-settings.js';

/** The part of a model that this check needs; a SparseEncoder has it. */
export interface RoutedModel {
  readonly modules: readonly Module[];
}

const MODEL: ArgumentRule = {
  expects: 'a model, an object with a list of modules',
  accepts: (value) =>
    isObject(value) &&
    Array.isArray(Reflect.get(value, 'modules')) &&
    (Reflect.get(value, 'modules') as unknown[]).every(isObject),
};
const MAPPING = anObject('an object of routes by column');

/**
 * Checks that training texts have a route through a model. As in the reference, a model with a Router needs a route for each
 * column, and accepts only routes that the Router has.
 *
 * @throws OptionError listing the routes
 */
export function checkRouterMapping(
  model: RoutedModel,
  routerMapping: RouterMapping | null | undefined,
  owner = 'training',
): void {
  const rules = { model: MODEL, routerMapping: MAPPING };
  checkArguments('checkRouterMapping', rules, { model, routerMapping: routerMapping ?? {} });
  const router = model.modules.find(isRouted);
  if (router === undefined) return;
  const { tasks } = router;
  const given = Object.values<unknown>(routerMapping ?? {});
  if (given.length === 0) {
    throw optionError(
      owner,
      'routerMapping',
      `is not given, and the model has a Router; expected a route for each column, one of ${tasks.join(', ')}`,
    );
  }
  const isByDataset = (each: unknown): each is Record<string, unknown> => isObject(each);
  for (const task of given.flatMap((each) => (isByDataset(each) ? Object.values(each) : [each]))) {
    if (typeof task === 'string' && tasks.includes(task)) continue;
    const nearest = nearestName(String(task), tasks);
    throw optionError(
      owner,
      'routerMapping',
      `names the route ${JSON.stringify(task)}; ` +
        (nearest === undefined ? `the Router has ${tasks.join(', ')}` : `did you mean "${nearest}"?`),
    );
  }
}

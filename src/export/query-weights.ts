import { anObject, type ArgumentRule, checkArguments, isObject, objectWith } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import type { SparseRow } from '../sparse/row.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ExportedRoute } from './export-route.js';

export const QUERY_WEIGHTS_FILE = 'query_weights.json';

/**
 * The weights of tokens, for a route that consists only of such weights: an inference-free query. undefined for any
 * other route. The format is that of idf.json in the models that OpenSearch publishes.
 */
export function queryWeights(
  routes: readonly ExportedRoute[],
): (() => Promise<Record<string, number>>) | undefined {
  const route = routes.find(
    ({ task, modules: [first, ...rest] }) =>
      (task === undefined || task === 'query') && rest.length === 0 && first?.kind.tokenWeights !== undefined,
  );
  const [module] = route?.modules ?? [];
  const name = module?.kind.tokenWeights;
  if (route === undefined || module === undefined || name === undefined) return undefined;
  const variable = module.parameters.get(name);
  return async () => {
    const weights = (await variable.data()) as Float32Array;
    const entries = [...weights].flatMap((weight, id): [string, number][] => {
      const token = route.input.tokenizer.idToToken(id);
      return weight === 0 || token === undefined ? [] : [[token, weight]];
    });
    return Object.fromEntries(entries);
  };
}

const IDS: ArgumentRule = {
  expects: 'an iterable of token ids',
  accepts: (value) => isObject(value) && Symbol.iterator in value,
};
const WEIGHTS: ArgumentRule = {
  expects: 'a Map or a Float32Array of weights by token id',
  accepts: (value) => value instanceof Map || value instanceof Float32Array,
};
const MAP = anObject('an object of weights by token');
const VOCABULARY = objectWith(['tokenToId'], 'a tokenizer');

/**
 * The embedding of an inference-free query, which needs no computation: each of its tokens once, with its weight.
 *
 * @param ids the ids of the query's tokens, without special ones
 * @param weights weights by token id; missing ones count as 0
 */
export function embedQuery(
  ids: Iterable<number>,
  weights: ReadonlyMap<number, number> | Float32Array,
): SparseRow {
  checkArguments('embedQuery', { ids: IDS, weights: WEIGHTS }, { ids, weights });
  const weightOf = (id: number): number =>
    (weights instanceof Float32Array ? weights[id] : weights.get(id)) ?? 0;
  const active = [...new Set(ids)].filter((id) => weightOf(id) !== 0).toSorted((a, b) => a - b);
  return { indices: Uint32Array.from(active), values: Float32Array.from(active, weightOf) };
}

/**
 * Weights by token id from query_weights.json or idf.json.
 *
 * @param json the parsed file
 * @throws InputError if a weight is not a finite number
 */
export function weightsById(
  json: Readonly<Record<string, number>>,
  tokenizer: Pick<Tokenizer, 'tokenToId'>,
): Map<number, number> {
  checkArguments('weightsById', { json: MAP, tokenizer: VOCABULARY }, { json, tokenizer });
  return new Map(
    Object.entries(json).flatMap(([token, weight]): [number, number][] => {
      if (!Number.isFinite(weight)) {
        throw new InputError(
          `the token ${preview(token)} has the weight ${describe(weight)}; expected a finite number`,
        );
      }
      const id = tokenizer.tokenToId(token);
      return id === undefined ? [] : [[id, weight]];
    }),
  );
}

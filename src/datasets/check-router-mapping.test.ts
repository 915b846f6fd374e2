import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { checkRouterMapping } from './check-router-mapping.js';

const MODELS = join(import.meta.dirname, '..', '..', 'fixtures', 'models');

async function checkOn(model: string, mapping: unknown): Promise<void> {
  const encoder = await SparseEncoder.load(join(MODELS, model));
  try {
    checkRouterMapping(encoder, mapping as never);
  } finally {
    await encoder.dispose();
  }
}

describe('the routes of training', () => {
  it.each([
    [
      null,
      'routerMapping is not given, and the model has a Router; expected a route for each column, one of query, document',
    ],
    [{}, 'routerMapping is not given'],
    [{ a: 'querry' }, 'routerMapping names the route "querry"; did you mean "query"?'],
    [{ a: 'query', b: 'passage' }, 'routerMapping names the route "passage"; the Router has query, document'],
    [{ own: { a: 'query', b: 'nowhere' } }, 'routerMapping names the route "nowhere"'],
  ])('%j are refused for a model with a Router', async (mapping, problem) => {
    await expect(checkOn('inference-free', mapping)).rejects.toThrow(problem);
  });

  it('are those of the Router, by column or by data set', async () => {
    await checkOn('inference-free', { a: 'query', b: 'document' });
    await expect(checkOn('inference-free', { own: { a: 'query' } })).resolves.toBeUndefined();
  });

  it('do not matter without a Router', async () => {
    await expect(checkOn('splade-bert', null)).resolves.toBeUndefined();
  });
});

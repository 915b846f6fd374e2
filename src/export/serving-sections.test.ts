import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { exportedRoutes } from '../testing/exported-routes.js';
import type { ExportedRoute } from './export-route.js';
import type { ExportFormat } from './formats.js';
import { METADATA_PREFIX } from './metadata.js';
import { servingSections } from './serving-sections.js';

async function routeOf(name: string, format: ExportFormat): Promise<ExportedRoute> {
  const [first] = await exportedRoutes(name, format);
  if (first === undefined) throw new RangeError(`${name} has no route`);
  return first.route;
}

/** The code in the sections, by its language. */
function codeIn(markdown: string): Record<string, string> {
  return Object.fromEntries(
    [...markdown.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', code = '']) => [
      language,
      code,
    ]),
  );
}

describe('the sections of search engines', () => {
  beforeAll(() => setEngine('onnx'));
  afterAll(() => setEngine('cpu'));

  it('name the files, the output and the longest text for Vespa', async () => {
    const route = await routeOf('splade-bert', 'all');
    expect(codeIn(servingSections(route))).toEqual({
      xml: `<component id="splade" type="splade-embedder">
  <transformer-model path="models/model.onnx"/>
  <tokenizer-model path="models/tokenizer.json"/>
  <max-tokens>32</max-tokens>
  <transformer-output>logits</transformer-output>
</component>
`,
    });
    const unlimited = { ...route, input: { ...route.input, maxLength: Infinity } };
    expect(servingSections(unlimited)).not.toContain('max-tokens');
  });

  it('are missing where Vespa would make other embeddings', async () => {
    const route = await routeOf('splade-bert', 'logits');
    expect(servingSections(route)).not.toBe('');
    expect(servingSections({ ...route, prompt: 'search: ' })).toBe('');
    const metadata = { ...route.model.metadata, [`${METADATA_PREFIX}max_active_dims`]: '12' };
    expect(servingSections({ ...route, model: { ...route.model, metadata } })).toBe('');
  });

  it('have the body of a registration for OpenSearch', async () => {
    const { json = '', ...others } = codeIn(servingSections(await routeOf('splade-distilbert', 'dense')));
    expect(others).toEqual({});
    expect(JSON.parse(json)).toMatchObject({
      model_format: 'ONNX',
      function_name: 'SPARSE_ENCODING',
      model_config: { model_type: 'distilbert', embedding_dimension: 300 },
    });
  });

  it.each<[string, ExportFormat, string]>([
    ['splade-bert', 'sparse', 'neither takes sparse outputs'],
    ['splade-bert', 'dense', 'OpenSearch feeds no token types'],
    ['splade-distilbert', 'all', 'Vespa feeds token types, and OpenSearch reads every output'],
    ['splade-sum', 'logits', 'Vespa takes maxima'],
    ['csr', 'all', 'latents have no tokens'],
  ])('are missing for %s as %s: %s', async (name, format) => {
    expect(servingSections(await routeOf(name, format))).toBe('');
  });
});

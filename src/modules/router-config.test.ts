import { describe, expect, test } from 'vitest';
import { ModelFileError } from '../errors.js';
import { readMappingKey, writeMappingKey } from './route-mapping.js';
import { readRouterConfig, writeRouterConfig } from './router-config.js';

const TYPE = 'sentence_transformers.base.modules.normalize.Normalize';
const JSON_CONFIG = {
  types: { query_0_Normalize: TYPE, document_0_Normalize: TYPE },
  structure: { query: ['query_0_Normalize'], document: ['document_0_Normalize', 'query_0_Normalize'] },
  parameters: {
    default_route: 'document',
    allow_empty_key: true,
    route_mappings: { "('query', 'text')": 'query', "(None, ('image', 'text'))": 'document' },
  },
};

describe('router_config.json', () => {
  test('is read, and written the same', () => {
    const config = readRouterConfig(JSON_CONFIG);
    expect(config.routeMappings).toEqual([
      { task: 'query', modality: 'text', route: 'query' },
      { task: null, modality: ['image', 'text'], route: 'document' },
    ]);
    expect([...config.structure]).toEqual(Object.entries(JSON_CONFIG.structure));
    expect(writeRouterConfig(config)).toEqual(JSON_CONFIG);
  });

  test('may leave out what old files do not have', () => {
    const { types, structure } = JSON_CONFIG;
    for (const parameters of [undefined, {}, { allow_empty_key: true }]) {
      expect(readRouterConfig({ types, structure, parameters })).toMatchObject({
        defaultRoute: null,
        allowEmptyKey: true,
        routeMappings: [],
      });
    }
  });

  const parameters = (given: object): object => ({
    ...JSON_CONFIG,
    parameters: { ...JSON_CONFIG.parameters, ...given },
  });
  test.each<[string, unknown, string]>([
    ['another value than an object', [], 'router_config.json is []; expected an object'],
    ['no types', { ...JSON_CONFIG, types: undefined }, 'types in router_config.json is undefined'],
    [
      'a type that is not a text',
      { ...JSON_CONFIG, types: { a: 1 } },
      'types["a"] in router_config.json is 1',
    ],
    [
      'a folder outside',
      { ...JSON_CONFIG, types: { '../a': TYPE } },
      'the key "../a"; expected a folder inside',
    ],
    ['an absolute folder', { ...JSON_CONFIG, types: { '/a': TYPE } }, 'expected a folder inside the model'],
    ['a folder of Windows', { ...JSON_CONFIG, types: { 'C:a': TYPE } }, 'expected a folder inside the model'],
    ['no routes', { ...JSON_CONFIG, structure: {} }, 'structure in router_config.json is empty'],
    ['an empty route', { ...JSON_CONFIG, structure: { query: [] } }, 'structure["query"] in'],
    [
      'a module without a type',
      { ...JSON_CONFIG, structure: { query: ['x'] } },
      'is "x", which types does not have',
    ],
    [
      'a default route that is not there',
      parameters({ default_route: 'x' }),
      'default_route in router_config.json is "x"',
    ],
    [
      'a mapping to no route',
      parameters({ route_mappings: { "('a', None)": 'x' } }),
      'expected one of the routes "query"',
    ],
    [
      'a mapping that cannot be read',
      parameters({ route_mappings: { query: 'query' } }),
      'has the key "query"',
    ],
    [
      'mappings that are a list',
      parameters({ route_mappings: [] }),
      'route_mappings in the config of Router is []',
    ],
    ['a key that is not known', parameters({ fallback: 'query' }), 'holds "fallback"'],
  ])('with %s is refused, naming it', (_, json, message) => {
    expect(() => readRouterConfig(json)).toThrow(ModelFileError);
    expect(() => readRouterConfig(json)).toThrow(message);
  });
});

describe('the key of a route mapping', () => {
  test.each([
    ["('query', 'text')", { task: 'query', modality: 'text' }],
    ["(None, 'image')", { task: null, modality: 'image' }],
    ["('query', None)", { task: 'query', modality: null }],
    ['(None, None)', { task: null, modality: null }],
    ["(None, ('image', 'text'))", { task: null, modality: ['image', 'text'] }],
    ["('query', ('text',))", { task: 'query', modality: ['text'] }],
    [`("it's", None)`, { task: "it's", modality: null }],
    [`('a\\\\b', 'say "\\'"')`, { task: 'a\\b', modality: `say "'"` }],
  ])('%s is read as Python means it, and written as Python writes it', (key, pair) => {
    expect(readMappingKey(key)).toEqual(pair);
    expect(writeMappingKey(pair)).toBe(key);
  });

  test('modalities come in alphabetical order', () => {
    expect(readMappingKey("(None, ('text', 'image'))")?.modality).toEqual(['image', 'text']);
  });

  test.each([
    'query',
    '',
    "('query')",
    "('query', 'text', 'more')",
    "('query', 'text'",
    "('query', 'text'))",
    "('query' 'text')",
    "('query', (None,))",
    "(('query',), 'text')",
    "('query', 3)",
    "('query, 'text')",
  ])('%s is none', (key) => {
    expect(readMappingKey(key)).toBeUndefined();
  });
});

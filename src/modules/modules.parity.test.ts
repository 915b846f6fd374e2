import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import {
  decodeMessage,
  encodeMessage,
  type JsonValue,
  type Message,
  type WireTensor,
} from '../python/exchange.js';
import { MODULE_CASES, type ModuleCase, type Numbers } from '../testing/module-cases.js';
import { moduleOf, outcomeOf, parametersOf, specsOf } from '../testing/module-outcome.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { readyEngines } from '../testing/ready-engines.js';
import { MODULE_KINDS, moduleKindOf } from './catalog.js';
import { router } from './router.js';

const program = join(packageRoot(), 'parity', 'reference', 'modules.py');

/**
 * How many times PyTorch's float32 error an element's error may be, both against float64 and relative to the largest
 * element.
 */
const FACTOR = 4;
/** The least error assumed for PyTorch, in units in the last place of the largest element. */
const FLOOR = 4 * 2 ** -24;

const wire = ({ type, shape, values }: Numbers): WireTensor => ({
  dtype: type,
  shape: [...shape],
  data: type === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
});

function request(routes: JsonValue, types: readonly string[]): Message {
  const tensors: Record<string, WireTensor> = {};
  const cases = MODULE_CASES.map((one, index): JsonValue => {
    one.steps.forEach((features, step) => {
      for (const [name, numbers] of Object.entries(features)) {
        tensors[`${index}/step${step}/${name}`] = wire(numbers);
      }
    });
    for (const [name, numbers] of Object.entries(parametersOf(one, index))) {
      tensors[`${index}/parameter/${name}`] = wire(numbers);
    }
    return {
      module: one.module,
      options: one.options,
      vocabulary: one.vocabulary ?? null,
      mode: one.mode,
      forward: one.maxActiveDims === undefined ? {} : { max_active_dims: one.maxActiveDims },
      steps: one.steps.length,
      features: one.features ?? {},
    };
  });
  return { meta: { cases, routes, types: [...types] }, tensors };
}

/**
 * The largest difference relative to the largest number; 0 where both are the same infinity, NaN where only one is
 * infinite.
 */
function error(x: ArrayLike<number>, truth: ArrayLike<number>): number {
  const targets = Array.from(truth);
  const scale = Math.max(...targets.filter(Number.isFinite).map(Math.abs), 0) || 1;
  return targets.reduce((most, target, at) => {
    const value = x[at] ?? NaN;
    return value === target ? most : Math.max(most, Math.abs(value - target) / scale);
  }, 0);
}

/** The result of the reference. The weight of encoder and decoder has its name in the file. */
function theirs({ tensors }: Message, index: number, dtype: string): Record<string, ArrayLike<number>> {
  const prefix = `${index}/${dtype}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { data }]) => [
        name.slice(prefix.length).replace('gradient/encoder.weight', 'gradient/decoder.linear.weight'),
        Array.from(data, Number),
      ]),
  );
}

const ready = await readyEngines();

const TASKS = [null, 'query', 'document', 'text', 'other', ''];
const MODALITIES = [null, 'text', 'image', ['text', 'image'], ['image', 'text'], 'document'];
const ROUTE = { mappings: [], default: null, allowEmptyKey: true };
const ROUTERS = [
  { ...ROUTE, routes: ['query', 'document'] },
  { ...ROUTE, routes: ['query', 'document'], default: 'document' },
  { ...ROUTE, routes: ['query', 'text', 'image'], allowEmptyKey: false },
  {
    ...ROUTE,
    routes: ['a', 'b', 'c', 'document'],
    allowEmptyKey: false,
    mappings: [
      { task: 'query', modality: 'text', route: 'a' },
      { task: 'query', modality: null, route: 'b' },
      { task: null, modality: ['text', 'image'], route: 'c' },
    ],
  },
  { ...ROUTE, routes: ['a', 'b'], mappings: [{ task: null, modality: null, route: 'b' }] },
];
const QUERIES = ROUTERS.flatMap((routed) =>
  TASKS.flatMap((task) => MODALITIES.map((modality) => ({ routed, task, modality }))),
);

const SPELLINGS = MODULE_KINDS.flatMap(({ name, path }) =>
  [
    'base.modules',
    'sentence_transformer.modules',
    'sparse_encoder.modules',
    'models',
    'sparse_encoder.models',
  ]
    .flatMap((each) => ['', `${name}.`, `${path.split('.').at(-1)}.`].map((within) => `${each}.${within}`))
    .map((each) => `sentence_transformers.${each}${name}`),
).concat(['sentence_transformers.models.Asym', 'sentence_transformers.models.Asym.Asym']);

describe.runIf(HAS_REFERENCE)('modules compared with sentence-transformers', () => {
  let reference: Message;
  let meta: {
    made: { config: Record<string, unknown>; saved: [string, number[], string][] }[];
    routes: (string | null)[];
    types: (string | null)[];
  };

  beforeAll(async () => {
    const routes = QUERIES.map(({ routed, task, modality }): JsonValue => [routed, task, modality]);
    const input = encodeMessage(request(routes, SPELLINGS));
    reference = decodeMessage(await runInReference({ path: program }, { input }));
    meta = reference.meta as unknown as typeof meta;
  }, LIVE_TIME);

  describe.each(ready)('on the %s engine', (engine) => {
    const named = MODULE_CASES.map((one, index) => [nameOf(one), one, index] as const);

    it.each(named)('%s: as near to float64 as PyTorch in float32', async (_, one, index) => {
      await setEngine(engine);
      const found = await outcomeOf(one, index);
      const single = theirs(reference, index, 'float32');
      const double = theirs(reference, index, 'float64');
      expect(Object.keys(found).toSorted()).toEqual(Object.keys(double).toSorted());
      for (const [name, truth] of Object.entries(double)) {
        const allowed = FACTOR * Math.max(error(single[name] ?? [], truth), FLOOR);
        expect(error(found[name] ?? [], truth), name).toBeLessThanOrEqual(
          name.startsWith('state/') ? 0 : allowed,
        );
      }
    });
  });

  it('trains a sparse auto-encoder until latents are dead, so that the cases say something about them', () => {
    const counters = theirs(reference, 0, 'float64')['state/stats_last_nonzero'] ?? [];
    expect(Math.max(...Array.from(counters))).toBe(10);
    expect(Math.min(...Array.from(counters))).toBe(1);
    const auxiliary = theirs(reference, 0, 'float64')['output/auxiliary_embedding'] ?? [];
    expect(Array.from(auxiliary).some((value) => value > 0)).toBe(true);
  });

  it('saves the same configs', () => {
    const configs = MODULE_CASES.map((one) => moduleOf(one).config());
    expect(configs).toEqual(meta.made.map(({ config }) => config));
    expect(configs.map((config) => Object.keys(config))).toEqual(
      meta.made.map(({ config }) => Object.keys(config)),
    );
  });

  it('has the parameters and buffers that the reference saves', () => {
    const types: Readonly<Record<string, string>> = { int32: 'int64' };
    const saved = MODULE_CASES.map((one) =>
      specsOf(one)
        .map(({ name, shape, dtype = 'float32' }) => [name, shape, types[dtype] ?? dtype])
        .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    expect(saved).toEqual(meta.made.map((each) => each.saved));
  });

  it('takes the same routes, and refuses the same tasks', () => {
    const found = QUERIES.map(({ routed, task, modality }) => {
      const route = router({
        routes: new Map(routed.routes.map((name) => [name, [moduleOf(MODULE_CASES[0] as ModuleCase)]])),
        defaultRoute: routed.default,
        allowEmptyKey: routed.allowEmptyKey,
        routeMappings: routed.mappings,
      });
      try {
        return route.routeFor(task, modality);
      } catch (problem) {
        if (problem instanceof InputError) return null;
        throw problem;
      }
    });
    expect(found).toEqual(meta.routes);
    expect(new Set(found)).toContain(null);
  });

  it('knows every spelling of a class that the reference knows', () => {
    expect(meta.types.filter((type) => type !== null).length).toBeGreaterThan(30);
    const known = SPELLINGS.flatMap((type, at) => {
      const name = meta.types[at];
      return name ? [{ type, name: name.replace('Asym', 'Router') }] : [];
    });
    expect(known.map(({ type }) => ({ type, name: moduleKindOf(type).name }))).toEqual(known);
  });
});

function nameOf({ module, mode, options, features, maxActiveDims }: ModuleCase): string {
  const given = Object.entries({ ...options, ...features, ...(maxActiveDims && { maxActiveDims }) });
  return `${module} in ${mode}, ${given.map(([key, value]) => `${key} ${String(value)}`).join(', ')}`;
}

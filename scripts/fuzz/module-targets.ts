import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseJson } from '../../src/files/json/parse-json.js';
import { MODULE_KINDS, moduleKindOf } from '../../src/modules/catalog.js';
import type { ModuleKind } from '../../src/modules/module.js';
import { routerKind } from '../../src/modules/router.js';
import { tokenWeights } from '../../src/modules/token-weights.js';
import { mlmTransformerKind, transformerKind } from '../../src/modules/transformer/transformer.js';
import { readTokenizerJson } from '../../src/tokenizer/files/tokenizer-json.js';
import { setWarningHandler } from '../../src/warnings.js';
import { type FuzzTarget, isModelFileError } from './target.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));
const TRANSFORMER_CONFIG = 'config.json';

/** The surroundings of a config in a model. */
const SURROUNDINGS = {
  vocabularySize: 300,
  modelConfig: { model_type: 'bert', vocab_size: 300, hidden_size: 16, num_attention_heads: 2 },
};

/** Readers of the files in a model's folder other than weights, starting from the files of the tiny models. */
export function moduleTargets(): readonly FuzzTarget[] {
  return [
    ...MODULE_KINDS.map((kind) =>
      target(kind === routerKind ? kind.configFile : kind.name, seedsOf(kind), (json) =>
        kind.parameters(kind.readConfig(json, SURROUNDINGS)),
      ),
    ),
    target(TRANSFORMER_CONFIG, transformerConfigs, (modelConfig) => {
      const config = transformerKind.readConfig({ transformer_task: 'fill-mask' }, { modelConfig });
      return [transformerKind.everyParameter(config), transformerKind.ignoredTensors(config)];
    }),
    target(
      'idf.json',
      () => files((path) => basename(path) === 'idf.json'),
      (json) => tokenWeights(json, VOCABULARY, 'idf.json'),
    ),
    {
      name: 'tokenizer.json',
      seeds: () => files((path) => basename(path) === 'tokenizer.json'),
      read: (bytes) => readTokenizerJson(bytes, 'tokenizer.json'),
      promises: isModelFileError,
      format: 'json',
    },
  ];
}

/** Knows short tokens, and one beyond its end. */
const VOCABULARY = {
  vocabularySize: 300,
  tokenToId: (token: string) => (token.length < 8 ? token.length * 40 : undefined),
};

function target(
  name: string,
  seeds: () => readonly Uint8Array[],
  read: (json: unknown) => unknown,
): FuzzTarget {
  return {
    name,
    seeds,
    read: (bytes) => {
      const previous = setWarningHandler(() => undefined);
      try {
        return read(parseJson(bytes, name));
      } finally {
        setWarningHandler(previous);
      }
    },
    promises: isModelFileError,
    format: 'json',
  };
}

/** The configs that modules.json and router_config.json of the tiny models declare to be of this kind. */
function seedsOf(kind: ModuleKind): () => readonly Uint8Array[] {
  return () => {
    const named = files((path) => /^(?:modules|router_config)\.json$/.test(basename(path)), placesOf).flat();
    const own = named.filter(({ type }) => moduleKindOf(type) === kind);
    const configs = own.flatMap(({ folder }) => files((path) => path === join(folder, kind.configFile)));
    return configs.length > 0 || kind !== mlmTransformerKind ? configs : seedsOf(transformerKind)();
  };
}

interface Place {
  readonly folder: string;
  readonly type: string;
}

/** The modules in one of the two files, and their folders within `fixtures/models`. */
function placesOf(bytes: Uint8Array, path: string): Place[] {
  const folder = path.slice(0, -basename(path).length);
  const json = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  if (Array.isArray(json)) {
    const entries = json as readonly { readonly path: string; readonly type: string }[];
    return entries.map((entry) => ({ folder: join(folder, entry.path), type: entry.type }));
  }
  const { types } = json as { readonly types: Readonly<Record<string, string>> };
  return Object.entries(types).map(([name, type]) => ({ folder: join(folder, name), type }));
}

/** One of each model_type, with its head and without. */
function transformerConfigs(): readonly Uint8Array[] {
  const byType = new Map<string, Uint8Array>();
  for (const bytes of files((path) => basename(path) === TRANSFORMER_CONFIG)) {
    const { model_type: type, architectures } = JSON.parse(new TextDecoder().decode(bytes)) as Record<
      string,
      unknown
    >;
    if (typeof type === 'string') byType.set(`${type} ${String(architectures)}`, bytes);
  }
  return [...byType.values()];
}

/** Files of the tiny models, each content once: their bytes, or the result of `use`. */
function files(wanted: (path: string) => boolean): Uint8Array[];
function files<T>(wanted: (path: string) => boolean, use: (bytes: Uint8Array, path: string) => T): T[];
function files<T>(
  wanted: (path: string) => boolean,
  use?: (bytes: Uint8Array, path: string) => T,
): (T | Uint8Array)[] {
  const paths = readdirSync(MODELS, { recursive: true, encoding: 'utf8' }).toSorted().filter(wanted);
  const contents = new Map<string, T | Uint8Array>();
  for (const path of paths) {
    const bytes = new Uint8Array(readFileSync(join(MODELS, path)));
    const key = use === undefined ? Buffer.from(bytes).toString('latin1') : path;
    if (!contents.has(key)) contents.set(key, use?.(bytes, path) ?? bytes);
  }
  return [...contents.values()];
}

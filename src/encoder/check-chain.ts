import { ModelFileError } from '../errors.js';
import type { Module } from '../modules/module.js';
import { MODULE_KINDS } from '../modules/catalog.js';
import { Router } from '../modules/router.js';
import { leavesOf } from './module-tree.js';

/** The key by which a module's config says how wide its input is. */
const INPUT_WIDTH: Readonly<Record<string, string>> = {
  Pooling: 'embedding_dimension',
  SpladePooling: 'embedding_dimension',
  Dense: 'in_features',
  SparseAutoEncoder: 'input_dim',
};

/** Modules after which there is an embedding of the text. A Dense or a Normalize only changes one. */
const MAKES_EMBEDDING: ReadonlySet<string> = new Set(['Pooling', 'SpladePooling', 'SparseStaticEmbedding']);

const TRANSFORMERS: ReadonlySet<string> = new Set(['Transformer', 'MLMTransformer']);
const POOLINGS: ReadonlySet<string> = new Set(['Pooling', 'SpladePooling']);

/** Where the modules stand, and the error that says what is wrong there. */
interface Place {
  readonly where: string;
  readonly refused: (message: string) => Error;
}

/** What passes from one module to the next. */
interface Passed {
  /** undefined where nothing says it. */
  readonly width: number | undefined;
  readonly hasTokens: boolean;
  readonly hasEmbedding: boolean;
}

/**
 * Checks that each module takes what the one before it makes, which each alone cannot see.
 *
 * @param where the modules stand: a file, or a function, which errors name
 * @param refused makes the error; ModelFileError unless given
 * @throws what `refused` makes
 */
export function checkChain(
  modules: readonly Module[],
  where: string,
  refused: Place['refused'] = (message) => new ModelFileError(message),
): void {
  const [first] = modules;
  if (first?.input === undefined && !(first instanceof Router)) {
    // Without texts at its beginning, nothing here says what comes in.
    const late = leavesOf(modules).find(({ module }) => module.input !== undefined);
    if (late === undefined) return;
    throw refused(
      `${where}: module ${late.path}, ${late.module.kind.name}, takes texts, which are gone after the ${first?.kind.name} before it; expected it to be the first`,
    );
  }
  const begin = { width: undefined, hasTokens: false, hasEmbedding: false };
  if (!pass(modules, begin, { where, refused }).hasEmbedding) {
    throw refused(
      `${where}: none of the modules (${named(modules)}) makes an embedding of a text; expected one of ${[...MAKES_EMBEDDING].join(', ')}`,
    );
  }
}

function pass(modules: readonly Module[], begin: Passed, { where, refused }: Place): Passed {
  let passed = begin;
  for (const [index, module] of modules.entries()) {
    const place = { where: `${where}: module ${index}, ${module.kind.name},`, refused };
    if (module instanceof Router) {
      const ends = [...module.routes].map(([route, inner]) =>
        pass(inner, passed, { where: `${where}, route "${route}"`, refused }),
      );
      passed = {
        width: module.dimension,
        hasTokens: ends.every(({ hasTokens }) => hasTokens),
        hasEmbedding: ends.every(({ hasEmbedding }) => hasEmbedding),
      };
      continue;
    }
    requireTokens(module, passed.hasTokens, place);
    requireLogits(module, modules[index - 1], place);
    requireWidth(module, passed.width, place);
    passed = {
      width: widthAfter(module, passed.width),
      hasTokens: passed.hasTokens || makes(module, TRANSFORMERS, 'token_embeddings'),
      hasEmbedding: passed.hasEmbedding || makes(module, MAKES_EMBEDDING, 'sentence_embedding'),
    };
  }
  return passed;
}

/** A module of somebody else's may make anything. */
function makes(module: Module, kinds: ReadonlySet<string>, feature: string): boolean {
  if (kinds.has(module.kind.name) || !MODULE_KINDS.includes(module.kind)) return true;
  return isAside(module) && module.config()['module_output_name'] === feature;
}

function requireTokens(module: Module, hasTokens: boolean, { where, refused }: Place): void {
  if (hasTokens || !POOLINGS.has(module.kind.name)) return;
  throw refused(
    `${where} takes token embeddings, which no module before it makes; expected a Transformer before it`,
  );
}

function requireWidth(module: Module, width: number | undefined, { where, refused }: Place): void {
  const key = INPUT_WIDTH[module.kind.name];
  const taken = key && !isAside(module) ? module.config()[key] : undefined;
  if (typeof taken !== 'number' || width === undefined || taken === width) return;
  throw refused(`${where} has the ${key} ${taken}; expected ${width}, as the module before it makes`);
}

/** Hidden states pooled like logits are an embedding too, but of nothing. */
function requireLogits(module: Module, before: Module | undefined, { where, refused }: Place): void {
  const task = before?.config()['transformer_task'];
  if (module.kind.name !== 'SpladePooling' || task !== 'feature-extraction') return;
  throw refused(
    `${where} takes logits, and the ${before?.kind.name} before it has the transformer_task "${task}"; expected "fill-mask"`,
  );
}

function widthAfter(module: Module, width: number | undefined): number | undefined {
  return isAside(module) ? undefined : (module.dimension ?? width);
}

/** A Dense or a Normalize between features of other names: the chain goes on beside it. */
function isAside(module: Module): boolean {
  if (module.input !== undefined) return false;
  const { module_input_name: from = 'sentence_embedding', module_output_name: to = from } = module.config();
  return from !== to || (from !== 'sentence_embedding' && from !== 'token_embeddings');
}

const named = (modules: readonly Module[]): string => modules.map(({ kind }) => kind.name).join(', ');

import { ModelFileError } from '../errors.js';
import type { Module } from '../modules/module.js';
import { Router } from '../modules/router.js';

/** The key by which a module's config says how wide its input is. */
const INPUT_WIDTH: Readonly<Record<string, string>> = {
  Pooling: 'embedding_dimension',
  SpladePooling: 'embedding_dimension',
  Dense: 'in_features',
  SparseAutoEncoder: 'input_dim',
};

/** Modules after which there is an embedding of the text. A Dense or a Normalize only changes one. */
const MAKES_EMBEDDING: ReadonlySet<string> = new Set(['Pooling', 'SpladePooling', 'SparseStaticEmbedding']);

/** What passes from one module to the next. */
interface Passed {
  /** undefined where nothing says it. */
  readonly width: number | undefined;
  readonly hasEmbedding: boolean;
}

/**
 * Checks that each module takes what the one before it makes, which each alone cannot see.
 *
 * @param where the modules stand: a file, which errors name
 * @throws ModelFileError
 */
export function checkChain(modules: readonly Module[], where: string): void {
  // Without texts at its beginning, nothing here says what comes in.
  if (modules[0]?.input === undefined && !(modules[0] instanceof Router)) return;
  const { hasEmbedding } = pass(modules, { width: undefined, hasEmbedding: false }, where);
  if (!hasEmbedding) {
    throw new ModelFileError(
      `${where}: none of the modules (${named(modules)}) makes an embedding of a text; expected one of ${[...MAKES_EMBEDDING].join(', ')}`,
    );
  }
}

function pass(modules: readonly Module[], begin: Passed, where: string): Passed {
  let passed = begin;
  for (const [index, module] of modules.entries()) {
    const place = `${where}: module ${index}, ${module.kind.name},`;
    if (module instanceof Router) {
      const ends = [...module.routes].map(([route, inner]) =>
        pass(inner, passed, `${where}, route "${route}"`),
      );
      passed = { width: module.dimension, hasEmbedding: ends.every(({ hasEmbedding }) => hasEmbedding) };
      continue;
    }
    requireLogits(module, modules[index - 1], place);
    requireWidth(module, passed.width, place);
    passed = {
      width: widthAfter(module, passed.width),
      hasEmbedding:
        passed.hasEmbedding ||
        MAKES_EMBEDDING.has(module.kind.name) ||
        (isAside(module) && module.config()['module_output_name'] === 'sentence_embedding'),
    };
  }
  return passed;
}

function requireWidth(module: Module, width: number | undefined, place: string): void {
  const key = INPUT_WIDTH[module.kind.name];
  const taken = key && !isAside(module) ? module.config()[key] : undefined;
  if (typeof taken !== 'number' || width === undefined || taken === width) return;
  throw new ModelFileError(
    `${place} has the ${key} ${taken}; expected ${width}, as the module before it makes`,
  );
}

/** Hidden states pooled like logits are an embedding too, but of nothing. */
function requireLogits(module: Module, before: Module | undefined, place: string): void {
  const task = before?.config()['transformer_task'];
  if (module.kind.name !== 'SpladePooling' || task !== 'feature-extraction') return;
  throw new ModelFileError(
    `${place} takes logits, and the ${before?.kind.name} before it has the transformer_task "${task}"; expected "fill-mask"`,
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

import { ModelFileError } from '../errors.js';
import { MODULE_KINDS } from '../modules/catalog.js';
import { type Flow, flowOf } from '../modules/flow.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { leavesOf } from './module-tree.js';

/** Modules after which there is an embedding of the text. Others only change one. */
function makersOfEmbeddings(): string {
  const makers = MODULE_KINDS.filter((kind) => {
    const { takes, makes } = kind.flow?.({}) ?? {};
    return makes === EMBEDDING && takes !== EMBEDDING;
  });
  return makers.map(({ name }) => name).join(', ');
}

const EMBEDDING = 'sentence_embedding';
const TOKENS = 'token_embeddings';

/** Where the modules stand, and the error that says what is wrong there. */
interface Place {
  readonly where: string;
  readonly refused: (message: string) => Error;
}

/** What passes from one module to the next. */
interface Passed {
  /** The features that are there, by their names in files, and how wide each is; undefined where nothing says it. */
  readonly widths: ReadonlyMap<string, number | undefined>;
  /** Whether there may be others, since a module before does not state what it makes. */
  readonly isOpen: boolean;
}

const has = ({ widths, isOpen }: Passed, feature: string): boolean => isOpen || widths.has(feature);

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
  if (first?.input === undefined && !isRouted(first)) {
    // Without texts at its beginning, nothing here says what comes in.
    const late = leavesOf(modules).find(({ module }) => module.input !== undefined);
    if (late === undefined) return;
    throw refused(
      `${where}: module ${late.path}, ${late.module.kind.name}, takes texts, which are gone after the ${first?.kind.name} before it; expected it to be the first`,
    );
  }
  const begin = { widths: new Map<string, number>(), isOpen: false };
  if (!has(pass(modules, begin, { where, refused }), EMBEDDING)) {
    throw refused(
      `${where}: none of the modules (${named(modules)}) makes an embedding of a text; expected one of ${makersOfEmbeddings()}`,
    );
  }
}

function pass(modules: readonly Module[], begin: Passed, { where, refused }: Place): Passed {
  let passed = begin;
  for (const [index, module] of modules.entries()) {
    if (isRouted(module)) {
      const ends = [...module.routes].map(([route, inner]) =>
        pass(inner, passed, { where: `${where}, route "${route}"`, refused }),
      );
      passed = joined(ends, module.dimension);
      continue;
    }
    const place = { where: `${where}: module ${index}, ${module.kind.name},`, refused };
    requireLogits(module, modules[index - 1], place);
    passed = after(module, passed, place);
  }
  return passed;
}

/** What there is after every route of a router. Where their widths differ, that of the router counts. */
function joined(ends: readonly Passed[], dimension: number | undefined): Passed {
  const features = new Set(ends.flatMap(({ widths }) => [...widths.keys()]));
  const widths = [...features]
    .filter((feature) => ends.every((end) => has(end, feature)))
    .map((feature) => {
      const found = new Set(ends.map((end) => end.widths.get(feature)));
      return [feature, found.size === 1 ? [...found][0] : dimension] as const;
    });
  return { widths: new Map(widths), isOpen: ends.every(({ isOpen }) => isOpen) };
}

function after(module: Module, passed: Passed, place: Place): Passed {
  const flow = flowOf(module);
  const { dimension } = module;
  if (flow === undefined) {
    const made = dimension === undefined ? [] : [EMBEDDING, TOKENS].map((each) => [each, dimension] as const);
    return { widths: new Map([...passed.widths, ...made]), isOpen: true };
  }
  const { takes, makes, inputWidth } = flow;
  if (takes !== undefined && !has(passed, takes)) {
    if (takes === TOKENS) {
      throw place.refused(
        `${place.where} takes token embeddings, which no module before it makes; expected a Transformer before it`,
      );
    }
    return passed;
  }
  const width = takes === undefined ? undefined : passed.widths.get(takes);
  requireWidth(inputWidth, width, place);
  return { ...passed, widths: new Map([...passed.widths, [makes, dimension ?? width]]) };
}

function requireWidth(
  needed: Flow['inputWidth'],
  width: number | undefined,
  { where, refused }: Place,
): void {
  if (needed === undefined || width === undefined || needed.value === width) return;
  throw refused(
    `${where} has the ${needed.key} ${needed.value}; expected ${width}, as the module before it makes`,
  );
}

/** Hidden states pooled like logits are an embedding too, but of nothing. */
function requireLogits({ kind }: Module, before: Module | undefined, { where, refused }: Place): void {
  if (kind.takesLogits !== true || before === undefined) return;
  const task = flowOf(before)?.task;
  if (task !== 'feature-extraction') return;
  throw refused(
    `${where} takes logits, and the ${before.kind.name} before it has the transformer_task "${task}"; expected "fill-mask"`,
  );
}

const named = (modules: readonly Module[]): string => modules.map(({ kind }) => kind.name).join(', ');

import { ModelFileError } from '../errors.js';
import { MODULE_KINDS } from '../modules/catalog.js';
import { type Flow, flowOf } from '../modules/flow.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { leavesOf } from './module-tree.js';

/** Modules that make an embedding of the text. Others only change one. */
function makersOfEmbeddings(): string {
  const makers = MODULE_KINDS.filter((kind) => {
    const { takes, makes } = kind.flow?.({}) ?? {};
    return makes === EMBEDDING && takes !== EMBEDDING;
  });
  return makers.map(({ name }) => name).join(', ');
}

const EMBEDDING = 'sentence_embedding';
const TOKENS = 'token_embeddings';

/** The location of the modules, and the type of error for it. */
interface Place {
  readonly where: string;
  readonly refused: (message: string) => Error;
}

/** The features that pass from one module to the next. */
interface Passed {
  /** The features by their names in files, and the width of each; undefined if the width is unknown. */
  readonly widths: ReadonlyMap<string, number | undefined>;
  /** Whether there may be other features, since an earlier module does not declare its outputs. */
  readonly isOpen: boolean;
}

const has = ({ widths, isOpen }: Passed, feature: string): boolean => isOpen || widths.has(feature);

/**
 * Checks that each module accepts the output of the one before it, which no module can check alone.
 *
 * @param where the location of the modules, a file or a function, for errors
 * @param refused makes the error. Default: a ModelFileError
 * @throws the error that `refused` makes
 */
export function checkChain(
  modules: readonly Module[],
  where: string,
  refused: Place['refused'] = (message) => new ModelFileError(message),
): void {
  const [first] = modules;
  if (first?.input === undefined && !isRouted(first)) {
    // If the first module takes no texts, the input is unknown.
    const late = leavesOf(modules).find(({ module }) => module.input !== undefined);
    if (late === undefined) return;
    throw refused(
      `${where}: module ${late.path}, ${late.module.kind.name}, takes texts, which no longer exist after the ${first?.kind.name} before it; expected it to come first`,
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

/** The features after every route of a router. If their widths differ, the router's own dimension is used. */
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
    `${where} has the ${needed.key} ${needed.value}; expected ${width}, the width from the module before it`,
  );
}

/** Pooling hidden states as if they were logits also gives an embedding, but a meaningless one. */
function requireLogits({ kind }: Module, before: Module | undefined, { where, refused }: Place): void {
  if (kind.takesLogits !== true || before === undefined) return;
  const task = flowOf(before)?.task;
  if (task !== 'feature-extraction') return;
  throw refused(
    `${where} takes logits, and the ${before.kind.name} before it has the transformer_task "${task}"; expected "fill-mask"`,
  );
}

const named = (modules: readonly Module[]): string => modules.map(({ kind }) => kind.name).join(', ');

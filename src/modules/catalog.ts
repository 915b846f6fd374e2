import { ModelFileError } from '../errors.js';
import { denseKind } from './dense.js';
import { typeOf } from './module-type.js';
import type { ModuleKind } from './module.js';
import { normalizeKind } from './normalize.js';
import { poolingKind } from './pooling.js';
import { routerKind } from './router.js';
import { sparseAutoEncoderKind } from './sparse-auto-encoder.js';
import { sparseStaticEmbeddingKind } from './sparse-static-embedding.js';
import { spladePoolingKind } from './splade-pooling.js';
import { mlmTransformerKind, transformerKind } from './transformer/transformer.js';

/** Every module that an encoder may be made of. */
export const MODULE_KINDS: readonly ModuleKind[] = [
  transformerKind,
  mlmTransformerKind,
  poolingKind,
  spladePoolingKind,
  normalizeKind,
  denseKind,
  sparseAutoEncoderKind,
  sparseStaticEmbeddingKind,
  routerKind,
] as readonly ModuleKind[];

/** Packages of sentence_transformers in which the reference has, or had, its modules. */
const PACKAGES = [
  'base.modules',
  'sentence_transformer.modules',
  'sparse_encoder.modules',
  'models',
  'sparse_encoder.models',
];

/** Classes under another name. */
const RENAMED: ReadonlyMap<string, string> = new Map([['Asym', 'Router']]);

/**
 * The kind of a module of this dotted class. Older spellings are known: the packages of earlier releases, the class out
 * of its package (`sentence_transformers.models.Pooling`), with its name as that of the file
 * (`sentence_transformers.models.Pooling.Pooling`), and Asym for Router.
 *
 * @throws ModelFileError for any other class
 */
export function moduleKindOf(type: string): ModuleKind {
  const kind = kindOfClass(type);
  if (kind !== undefined && spellings(kind, classOf(type)).includes(type)) return kind;
  const known = MODULE_KINDS.map((each) => typeOf(each)).join(', ');
  throw new ModelFileError(`there is no module of type "${type}"; known are ${known}`);
}

/** The kind of modules of this class, whatever package the type says it is in; undefined where there is none. */
export function kindOfClass(type: string): ModuleKind | undefined {
  const named = classOf(type);
  const name = RENAMED.get(named) ?? named;
  return MODULE_KINDS.find((each) => each.name === name);
}

const classOf = (type: string): string => type.split('.').at(-1) ?? '';

function spellings({ path }: ModuleKind, name: string): string[] {
  const file = path.split('.').at(-1) ?? '';
  return PACKAGES.flatMap((each) =>
    ['', `${name}.`, `${file}.`].map((within) => `sentence_transformers.${each}.${within}${name}`),
  );
}

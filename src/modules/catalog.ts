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

/** Every kind of module that an encoder may consist of. */
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

/** Packages of sentence_transformers that contain the reference's modules, now or in earlier releases. */
const PACKAGES = [
  'base.modules',
  'sentence_transformer.modules',
  'sparse_encoder.modules',
  'models',
  'sparse_encoder.models',
];

/** Old class names. */
const RENAMED: ReadonlyMap<string, string> = new Map([['Asym', 'Router']]);

/**
 * The kind of a module with this dotted class. Older spellings also work: the packages of earlier releases, the class
 * without its package (`sentence_transformers.models.Pooling`), the class name also as the file name
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

/** The kind of modules of this class, whatever package the type names; undefined if there is none. */
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

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { preview } from '../preview.js';

/** A kind of folder, such as a model's, and the files that it may contain if it is to be replaced. */
export interface FolderSort {
  /** Its name in errors. */
  readonly name: string;
  /** The file that every folder of this kind has. */
  readonly mark: string;
  /** Whether such a folder may contain a file, by its path with `/`. */
  readonly mayHave: (path: string) => boolean;
}

const MODULE_FOLDER = String.raw`(?:[^/]+_)?\d+_[A-Z]\w*`;
const MODEL_FILE = new RegExp(
  String.raw`^(?:${MODULE_FOLDER}/)*(?:${[
    String.raw`(?:config|router_config|config_sentence_transformers|sentence_\w+_config|modules)\.json`,
    String.raw`(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json`,
    String.raw`(?:vocab|merges)\.txt|sentencepiece\.bpe\.model`,
    String.raw`model(?:-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json`,
    String.raw`adapter_config\.json|adapter_model\.safetensors`,
    String.raw`README\.md|idf\.json|query_weights\.json|certificate\.json|onnx/(?:[^/]+_)?model\.onnx(?:\.data)?`,
  ].join('|')})$`,
);

/** The folder of a model, written by this package or by sentence-transformers. */
export const MODEL_FOLDER: FolderSort = {
  name: 'a model',
  mark: 'modules.json',
  mayHave: (path) => MODEL_FILE.test(path),
};

/**
 * Checks that a replacement loses only a folder of its kind. A folder without files may always be replaced.
 *
 * @throws UsageError that names what the folder contains, or lacks
 */
export async function requireReplaceable(
  target: string,
  { name: sort, mark, mayHave }: FolderSort,
): Promise<void> {
  const present = await readdir(target);
  if (present.includes('.git')) {
    throw new UsageError(
      `${target} is a git checkout, which would be lost; write elsewhere and copy the files`,
    );
  }
  const isEmpty = (await foreignFile(target, '', () => false)) === undefined;
  if (isEmpty) return;
  const found = await lstat(join(target, mark)).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new UsageError(
      `${target} has no ${mark}, so it is not ${sort}; it is not replaced, because its contents would be lost`,
    );
  }
  const foreign = await foreignFile(target, '', mayHave);
  if (foreign === undefined) return;
  throw new UsageError(
    `${target} has ${preview(foreign)}, which is not part of ${sort} and would be lost; move it, or write to another folder`,
  );
}

/** The first unknown file. Empty folders contain nothing to lose. */
async function foreignFile(
  root: string,
  folder: string,
  mayHave: (path: string) => boolean,
): Promise<string | undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const pathOf = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const file = entries.find((entry) => !entry.isDirectory() && !mayHave(pathOf(entry.name)));
  if (file !== undefined) return pathOf(file.name);
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const found = await foreignFile(root, pathOf(entry.name), mayHave);
    if (found !== undefined) return found;
  }
  return undefined;
}

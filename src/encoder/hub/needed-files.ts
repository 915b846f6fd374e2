import { z } from 'zod';
import { MODULES_FILE } from '../../files/folder/modules-json.js';
import { FILE_LIMITS } from '../../files/limits.js';
import { preview } from '../../files/preview.js';
import type { HubFile } from './listing.js';

/** Descriptions of a model in its root folder, and how each names the folders of its modules. */
const DESCRIPTIONS: Readonly<Record<string, (json: unknown) => string[]>> = {
  [MODULES_FILE]: (json) =>
    z
      .array(z.looseObject({ path: z.string() }))
      .parse(json)
      .map(({ path }) => path),
  'router_config.json': (json) =>
    Object.keys(z.looseObject({ types: z.record(z.string(), z.unknown()) }).parse(json).types),
};

/** Configs, tokenizers, weights and the card, but neither pickled weights nor files of other runtimes. */
const NEEDED_NAME = /^(?:[^/]+\.(?:json|txt|model)|model(?:-\d+-of-\d+)?\.safetensors|README\.md)$/;
const LIMIT = FILE_LIMITS.config.bytes;
const PICKLED_NAME = /^pytorch_model(?:-\d+-of-\d+)?\.bin$/;

/**
 * The files of a commit that the model needs: those in its root folder and in its modules' folders. All others are
 * ignored, whatever their names.
 *
 * @param textOf reads one of the listed files
 * @throws Error if a name leads out of the folder
 */
export async function neededFiles(
  files: readonly HubFile[],
  textOf: (file: HubFile) => string | Promise<string>,
): Promise<HubFile[]> {
  const folders: string[] = [];
  for (const file of files) {
    const foldersIn = Object.hasOwn(DESCRIPTIONS, file.path) ? DESCRIPTIONS[file.path] : undefined;
    if (foldersIn === undefined) continue;
    if (file.size > LIMIT) {
      throw new Error(`${file.path} has ${file.size} bytes; expected JSON of at most ${LIMIT}`);
    }
    try {
      folders.push(...foldersIn(JSON.parse(await textOf(file))));
    } catch (error) {
      // Faults of a description are reported when the folder is opened.
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    }
  }
  const prefixes = folders.map((folder) => folder.replace(/^\.?\/+|\/+$/g, '')).filter((each) => each !== '');
  const needed = files.filter(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isIn = !path.includes('/') || prefixes.some((prefix) => path.startsWith(`${prefix}/`));
    return isIn && NEEDED_NAME.test(name);
  });
  for (const { path } of needed) checkName(path);
  return needed;
}

/** Whether a commit has weights, but only in forms that are never read. */
export function hasPickledWeightsOnly(files: readonly HubFile[]): boolean {
  return (
    files.some(({ path }) => PICKLED_NAME.test(path)) &&
    !files.some(({ path }) => path.endsWith('.safetensors'))
  );
}

/** Windows gives these characters a special meaning. */
function checkName(path: string): void {
  if (!/[\\:]/.test(path)) return;
  throw new Error(`the hub names a file ${preview(path)}; expected a path without : and \\`);
}

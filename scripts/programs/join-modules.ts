import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown, type RolldownOutput } from 'rolldown';
import { THREAD_MODULES } from '../../src/worker-thread.js';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { default: string }>>;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A change of a source before it is joined. */
export interface Edit {
  /** The path from the root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function edited(code: string, { file, from, to }: Edit): string {
  const parts = code.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new RangeError(`${file} has ${parts.length - 1} times ${JSON.stringify(from)}; expected it once`);
}

export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

/** The files that package.json names, and those that threads run, by their paths in `dist` without `.js`. */
export function shippedPrograms({ bin, exports, imports }: Manifest): string[] {
  return [
    ...Object.values(bin),
    ...Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default])),
    ...Object.values(imports).flatMap((conditions) => Object.values(conditions)),
    ...THREAD_MODULES.map((module) => `./dist/src/${module}.js`),
  ].map((path) => path.slice('./dist/'.length, -'.js'.length));
}

/**
 * Writes programs, which are paths of sources without `.ts`, as JavaScript. Node takes about a millisecond for each file
 * that it loads: the some 450 modules are joined to a few files. What several of the programs use is in a file of its
 * own, so a program loads nothing that it does not use.
 *
 * @throws RangeError for an edit whose text does not occur exactly once in what is joined
 */
export async function joinModules(
  root: string,
  programs: readonly string[],
  dir: string,
  edits: readonly Edit[] = [],
): Promise<RolldownOutput> {
  const open = new Set(edits);
  // Modules that browsers replace by others, see "imports" of package.json: their names there, by their paths.
  const replacedInBrowsers = new Map(
    Object.entries(readManifest(root).imports).map(([name, { default: path = '' }]) => [
      join(root, path.slice('./dist/'.length)),
      name,
    ]),
  );
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(programs.map((path) => [path, `${path}.ts`])),
    platform: 'neutral',
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    // The package says that its modules have no effects of their own, but one keeps ONNX Runtime from reporting to its makers.
    treeshake: false,
    plugins: [
      {
        name: 'what is left to Node',
        resolveId(source, importer) {
          const replaced = importer && replacedInBrowsers.get(join(importer, '..', source));
          if (replaced) return { id: replaced, external: true };
          return source.startsWith('.') || importer === undefined ? null : { id: source, external: true };
        },
      },
      {
        name: 'edits',
        transform(code, id) {
          const own = edits.filter(({ file }) => join(root, file) === id);
          own.forEach((each) => open.delete(each));
          return own.length === 0 ? null : own.reduce(edited, code);
        },
      },
    ],
  });
  try {
    const output = await bundle.write({ dir, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' });
    const [unused] = open;
    if (unused !== undefined) throw new RangeError(`${unused.file} is not a part of ${programs.join(', ')}`);
    return output;
  } finally {
    await bundle.close();
  }
}

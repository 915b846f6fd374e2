import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { LAYERS } from './layers.js';

/** An import of one source file by another. */
export interface Import {
  readonly file: string;
  /** From the root of the package, as `file` is. */
  readonly target: string;
  readonly names: readonly string[];
}

/** Files only for tests: a test may import anything. */
const isForTests = (file: string): boolean => file.endsWith('.test.ts') || file.startsWith('src/testing/');

/** The source files whose imports the table governs. */
export const sourceFiles = (): readonly string[] => typeScriptFiles().filter((file) => !isForTests(file));

/** The files of tests, which may import anything that is not built on what they test. */
const testFiles = (): readonly string[] => typeScriptFiles().filter(isForTests);

function typeScriptFiles(): readonly string[] {
  return ['src', 'parity']
    .flatMap((folder) =>
      readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .toSorted();
}

const IMPORT = /^(?:import|export)\s[^;]*?from '(\.[^']+)';|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)';/gm;

/** The relative imports of a source, including types, in the formatter's layout. */
export function importsOf(file: string, source: string): readonly Import[] {
  return [...source.matchAll(IMPORT)].map(([statement, ...targets]) => ({
    file,
    target: posix
      .join(dirname(file), targets.find((each) => each !== undefined) as string)
      .replace(/\.js$/, '.ts'),
    names: [...(/\{([^}]*)\}/.exec(statement)?.[1] ?? '').matchAll(/(?:type )?(\w+)(?: as \w+)?/g)].map(
      ([, name]) => name as string,
    ),
  }));
}

const importsOfFiles = (files: readonly string[]): readonly Import[] =>
  files.flatMap((file) => importsOf(file, readFileSync(join(packageRoot(), file), 'utf8')));

/** All imports of the source files. */
export const sourceImports = (): readonly Import[] => importsOfFiles(sourceFiles());

/** All imports of the tests. */
export const testImports = (): readonly Import[] => importsOfFiles(testFiles());

/** The room of a file; undefined if no room contains it. */
export function roomOf(file: string): string | undefined {
  const fitting = Object.entries(LAYERS).flatMap(([name, { paths }]) =>
    paths.filter((path) => file === path || file.startsWith(`${path}/`)).map((path) => ({ name, path })),
  );
  const nearest = fitting.reduce((best, each) => (each.path.length > best.path.length ? each : best), {
    name: '',
    path: '',
  });
  // The room of the folder `src` contains its files but not its folders.
  if (nearest.path === 'src' && dirname(file) !== 'src') return undefined;
  return nearest.name === '' ? undefined : nearest.name;
}

/** The source files of the names that the package exports, including types. */
export function exportedNames(): ReadonlyMap<string, string> {
  return new Map(
    sourceImports()
      .filter(({ file }) => roomOf(file) === 'api')
      .flatMap(({ names, target }) => names.map((name) => [name, target] as const)),
  );
}

/** Why an import is not allowed; undefined if it is. */
export function faultOf(
  { file, target, names }: Import,
  exported: ReadonlyMap<string, string>,
): string | undefined {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === undefined) return `${file} lies in no room of LAYERS`;
  if (to === undefined) return `${file} imports ${target}, which lies in no room of LAYERS`;
  if (from === to) return undefined;
  const uses = LAYERS[from]?.uses ?? [];
  if (!uses.includes(to)) {
    return `${file} imports ${target}: the room "${from}" does not use "${to}"`;
  }
  // The ground rooms are small: code that must answer at once, such as a command's help, imports from them directly.
  const known =
    uses.includes('api') && to !== 'api' && to !== 'base'
      ? names.filter((name) => exported.get(name) === target)
      : [];
  if (known.length === 0) return undefined;
  return `${file} imports ${known.join(', ')} from ${target}: the package exports that, so take it from src/index.ts or src/api`;
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The names that users import, such as `sparse-encoder/losses`, with the path of the source from the package root. */
export function packageEntries(): ReadonlyMap<string, string> {
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Manifest;
  return new Map(
    Object.entries(exports).flatMap(([path, target]): [string, string][] =>
      typeof target === 'string'
        ? []
        : [[name + path.slice(1), target.default.replace('./dist/', '').replace(/js$/, 'ts')]],
    ),
  );
}

/** The names of values that an entry exports, with the paths of their files from the package root. */
export function exportedBy(entry: string): readonly [name: string, file: string][] {
  const url = new URL(entry, ROOT);
  const statements = readFileSync(url, 'utf8').matchAll(/export \{([^}]*)\} from '([^']+)';/g);
  return [...statements].flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name): [string, string] => [
        name,
        fileURLToPath(new URL(from.replace(/js$/, 'ts'), url)).slice(fileURLToPath(ROOT).length),
      ]),
  );
}

/** All commands of the package and of this repository start through one shell. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.js';

const root = packageRoot();
const { scripts, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
};

/** What npm runs, and what the package offers. */
const PROGRAMS = [
  ...Object.values(scripts).flatMap((script) => /^tsx (\S+)/.exec(script)?.[1] ?? []),
  ...Object.values(bin).map((path) => path.replace('./dist/', '').replace(/\.js$/, '.ts')),
  ...readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    /^(?:[^/\\]+|[^/\\]+[/\\]main)(?<!\.test)\.ts$/.test(name)
      ? [`scripts/${name.replaceAll('\\', '/')}`]
      : [],
  ),
];

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

it.each([...new Set(PROGRAMS)])('%s starts through runCommand', (file) => {
  expect(sourceOf(file)).toMatch(/^ *await runCommand\(/m);
});

it.each([
  ['errors of commander', /\bCommanderError\b/],
  ['commands without the manners of all', /new Command\(/],
  ['signals', /process\.(?:on|once)\(\s*['"`]?SIG/],
  ['codes of their own', /\b(?:EXIT|[A-Z_]+) = \{[^}]*\b(?:usage|wrongUse|environment): \d/],
])('only the shell has %s', (_, pattern) => {
  const files = ['src', 'parity', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file) && !file.startsWith('src/shell/')),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(files.filter((file) => pattern.test(sourceOf(file)))).toEqual([]);
});

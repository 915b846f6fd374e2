/** `npm test` leaves out what is tagged slow or asks the reference; `npm run test:all`, which CI runs, leaves out nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { UserWorkspaceConfig } from 'vitest/config';
import { packageRoot } from '../src/package-root.js';
import config from '../vitest.config.js';
import { leftOutMessage } from './programs/left-out.js';

const root = packageRoot();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

type Module = Parameters<typeof leftOutMessage>[0][number];

function moduleOf(relativeModuleId: string, ...tags: string[][]): Module {
  const children = { allTests: () => tags.map((each) => ({ tags: each })) };
  return { relativeModuleId, children } as unknown as Module;
}

it('differs by one tag and one project', () => {
  expect(scripts['test:all']).toBe('vitest run');
  expect(scripts['test']).toBe('npm run test:all -- --tags-filter=!slow --project=shared --project=alone');
  expect(config.test?.tags?.map(({ name }) => name)).toEqual(['slow']);
});

it('is all that CI runs', () => {
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8');
  expect(ci).toContain('npm run test:all -- --reporter');
  expect(ci).not.toMatch(/npm test|npm run test |tags-filter/);
});

it('has every test file of the checkout', () => {
  const [shared, alone, live] = (config.test?.projects ?? []) as readonly UserWorkspaceConfig[];
  expect(shared?.test?.include).toEqual(['{src,parity,scripts}/**/*.test.ts']);
  // What the one leaves out is what the others have.
  expect(shared?.test?.exclude).toEqual([alone?.test?.include, live?.test?.include].flat());
  expect([alone?.test?.exclude, live?.test?.exclude]).toEqual([undefined, undefined]);
  expect([shared, alone, live].map((project) => project?.test?.name)).toEqual(['shared', 'alone', 'live']);
  const elsewhere = readdirSync(root, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !/^(\..*|node_modules|dist|src|parity|scripts)$/.test(entry.name),
    )
    .flatMap(({ name }) => readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }))
    .filter((path) => path.endsWith('.test.ts'));
  expect(elsewhere).toEqual([]);
});

it('is told of at the end of a run that left tests out', () => {
  const modules = [
    moduleOf('a.test.ts', ['slow'], ['slow']),
    moduleOf('b.test.ts', [], ['slow']),
    moduleOf('c.test.ts', []),
  ];
  expect(leftOutMessage(modules, ['!slow'])).toBe(
    '3 slow tests in 2 files were left out; npm run test:all runs every test',
  );
  expect(leftOutMessage(modules, [])).toBeUndefined();
  expect(leftOutMessage([moduleOf('c.test.ts', [])], ['!slow'])).toBeUndefined();
});

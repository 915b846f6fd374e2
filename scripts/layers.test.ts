import { describe, expect, it, test } from 'vitest';
import {
  exportedNames,
  faultOf,
  importsOf,
  roomOf,
  sourceFiles,
  sourceImports,
  testImports,
} from './layers/imports.js';
import { LAYERS } from './layers/layers.js';

const exported = exportedNames();

describe('the rooms of the source', () => {
  it('use only rooms above them in the table', () => {
    const names = Object.keys(LAYERS);
    for (const [index, name] of names.entries()) {
      for (const used of LAYERS[name]?.uses ?? []) {
        expect(names.slice(0, index), `${name} uses ${used}`).toContain(used);
      }
    }
  });

  it('are those that the files import, and no others', () => {
    const imports = sourceImports();
    expect(imports.length).toBeGreaterThan(1000);
    expect(imports.flatMap((each) => faultOf(each, exported) ?? [])).toEqual([]);
  });

  it('are all used as the table says', () => {
    const used = new Set(sourceImports().map(({ file, target }) => `${roomOf(file)} ${roomOf(target)}`));
    const unused = Object.entries(LAYERS).flatMap(([name, { uses }]) =>
      uses.filter((each) => !used.has(`${name} ${each}`)).map((each) => `${name} does not use ${each}`),
    );
    expect(unused).toEqual([]);
  });

  it('hold every source file', () => {
    expect(sourceFiles().filter((file) => roomOf(file) === undefined)).toEqual([]);
  });
});

test('a test in src does without parity, as src does', () => {
  const faults = testImports().filter(
    ({ file, target }) => file.startsWith('src/') && target.startsWith('parity/'),
  );
  expect(faults).toEqual([]);
});

describe('a wrong import is found', () => {
  it.each([
    [
      'src/losses/a.ts',
      "import { setEngine } from '../engine/set-engine.js';",
      'src/losses/a.ts imports src/engine/set-engine.ts: the room "losses" does not use "engine"',
    ],
    [
      'src/modules/a.ts',
      "import type { Compiled }\n  from '../engine/compile/compile.js';",
      'the room "modules" does not use "engine"',
    ],
    ['src/ops/a.ts', "export { x } from '../losses/catalog.js';", 'the room "ops" does not use "losses"'],
    ['src/ops/a.ts', "const x = await import('../cli/main.js');", 'the room "ops" does not use "cli"'],
    ['src/new-room/a.ts', "import '../errors.js';", 'src/new-room/a.ts lies in no room'],
    [
      'parity/a.ts',
      "import { SparseEncoder, type Other } from '../src/encoder/sparse-encoder.js';",
      'imports SparseEncoder from src/encoder/sparse-encoder.ts: the package exports that',
    ],
  ])('in %s: %s', (file, source, told) => {
    const faults = importsOf(file, source).map((each) => faultOf(each, exported));
    expect(faults).toEqual([expect.stringContaining(told)]);
  });

  it('and a right one is not', () => {
    const imports = importsOf('src/losses/a.ts', "import { detach } from '../ops/detach.js';");
    expect(imports.map((each) => faultOf(each, exported))).toEqual([undefined]);
  });
});

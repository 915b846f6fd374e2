import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { packageRoot } from '../../src/package-root.js';
import { OURS } from '../implementation.js';
import { countCalls } from './count-calls.js';
import { loadPort } from './load-port.js';

const folder = mkdtempSync(join(tmpdir(), 'load-port-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function write(code: string): string {
  const file = join(folder, `port-${files++}.mjs`);
  writeFileSync(file, code);
  return file;
}

describe('a port', () => {
  it('replaces what it names, and nothing else', async () => {
    const file = write('export default { functions: { sigmoid: (x) => x } };');
    const { implementation, replaced, sha256, path } = await loadPort(file);
    expect(replaced).toEqual([{ kind: 'function', name: 'sigmoid', calls: 0 }]);
    expect(implementation.losses).toEqual(OURS.losses);
    expect(implementation.functions['dotScore']).toBe(OURS.functions['dotScore']);
    expect(implementation.functions['sigmoid']?.(7 as never)).toBe(7);
    expect(replaced[0]?.calls).toBe(1);
    expect({ path, length: sha256.length }).toEqual({ path: file, length: 64 });
  });

  it.each([
    ['export const losses = {};', /no default export; expected export default \{ losses/],
    ['export default 3;', /the default export is 3/],
    ['export default {};', /replaces nothing/],
    ['export default { losses: {}, functions: {} };', /replaces nothing/],
    ['export default { loses: {} };', /has "loses"; did you mean "losses"\?/],
    ['export default { losses: [] };', /losses is \[\]/],
    ['export default { losses: { SparseTripletLos: class {} } };', /did you mean "SparseTripletLoss"\?/],
    ['export default { losses: { MyOwnMargin: class {} } };', /there are SpladeLoss.* no counterpart/s],
    ['export default { losses: { sigmoid: class {} } };', /"sigmoid", which belongs among the functions/],
    ['export default { losses: { SpladeLoss: () => 1 } };', /"SpladeLoss" as a function; expected a class/],
    ['export default { functions: { sigmoid: 3 } };', /"sigmoid" as 3; expected a function/],
  ])('is refused as %s', async (code, reason) => {
    await expect(loadPort(write(code))).rejects.toThrow(UsageError);
    await expect(loadPort(write(code))).rejects.toThrow(reason);
  });

  it('is refused if there is no file', async () => {
    await expect(loadPort(join(folder, 'none.mjs'))).rejects.toThrow(/none\.mjs: there is no such file/);
    await expect(loadPort(folder)).rejects.toThrow(/is not a file/);
  });

  it('is refused with the line where it is broken', () => {
    const imported = write('\n\nexport defaultt {};');
    const broken: [code: string, reason: RegExp][] = [
      ['\nexport default {{ };', /port-\d+\.mjs:2: SyntaxError: /],
      [`import '${imported}';`, new RegExp(`${imported}:3: SyntaxError: `)],
      ['const f = () => nope();\n\nf();', /port-\d+\.mjs:1: ReferenceError: nope is not defined/],
      ["import 'no-such-package';", /Cannot find package 'no-such-package'/],
    ];
    const said = inNode(broken.map(([code]) => write(code)));
    for (const [index, [, reason]] of broken.entries()) expect(said[index]).toMatch(reason);
    for (const one of said) {
      expect(one).toMatch(/^UsageError: --implementation \S+ cannot be imported: [^\n]*$/);
    }
  });
});

/** The results of `loadPort` for each file in plain Node: the test runner has its own loader. */
function inNode(paths: readonly string[]): string[] {
  const program = `import { loadPort } from ${JSON.stringify(new URL('load-port.ts', import.meta.url).href)};
    const said = [];
    for (const path of ${JSON.stringify(paths)}) await loadPort(path).catch((error) => said.push(String(error)));
    console.log(JSON.stringify(said));`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: packageRoot() });
  const last = stdout.trim().split('\n').at(-1);
  if (!last) throw new Error(stderr);
  return JSON.parse(last) as string[];
}

describe('counting calls', () => {
  const model = { forward: (features: object) => features };

  class Hidden {
    readonly #factor = 2;
    forward(x: number): number {
      return this.computeLossFromEmbeddings(x);
    }
    computeLossFromEmbeddings(x: number): number {
      return this.#factor * x;
    }
  }
  class Frozen extends Hidden {
    constructor() {
      super();
      Object.freeze(this);
    }
  }

  it.each([
    ['private fields', Hidden],
    ['no changes', Frozen],
  ])('counts once what is called from outside, also of a class with %s', (_, Class) => {
    const { counted, replaced } = countCalls({ losses: { Own: Class }, functions: {} });
    const Counted = counted.losses['Own'];
    if (Counted === undefined) throw new Error('the class is missing');
    const loss = new Counted(model as never, {} as never) as Hidden;
    expect(replaced[0]?.calls).toBe(0);
    expect([loss.forward(3), loss.computeLossFromEmbeddings(4)]).toEqual([6, 8]);
    expect(replaced[0]?.calls).toBe(2);
    expect(loss).toBeInstanceOf(Class);
    expect(loss.constructor.name).toBe(Class.name);
  });
});

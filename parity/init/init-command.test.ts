import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { initProject } from './init-command.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes a configuration, an example and a workflow, and says what to install and to run', () => {
  const said = initProject(folder);
  expect(readdirSync(folder).toSorted()).toEqual([
    '.github',
    expect.stringMatching(/^parity-example\.(ts|mjs)$/),
    expect.stringMatching(/^parity\.config\.(ts|mjs)$/),
  ]);
  expect(said).toContain(
    'npm install --save-dev sparse-encoder @tensorflow/tfjs fast-check@4 pythonia@1.2.6 ws@7',
  );
  expect(said).toMatch(/npx sparse-encoder-parity run$/);
  const workflow = parse(readFileSync(join(folder, '.github/workflows/parity.yml'), 'utf8')) as {
    jobs: object;
  };
  expect(Object.keys(workflow.jobs)).toEqual(['parity']);
});

it('replaces nothing, and writes nothing if a file is there already', () => {
  initProject(folder);
  const [config = ''] = readdirSync(folder).filter((name) => name.startsWith('parity.config'));
  writeFileSync(join(folder, config), 'mine');
  rmSync(join(folder, '.github'), { recursive: true });
  expect(() => initProject(folder)).toThrow(`${config}, parity-example`);
  expect(readFileSync(join(folder, config), 'utf8')).toBe('mine');
  expect(readdirSync(folder)).not.toContain('.github');
});

// @module-tag slow
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../parity/package-root.js';
import { SparseMarginMSELoss } from '../src/index.js';
import { README, withTables } from './readme.js';

const text = readFileSync(README, 'utf8');
const folder = join(packageRoot(), '.cache', `readme-${process.pid}`);
const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  it('has the tables that the loss table makes', () => {
    expect(withTables(text)).toBe(text);
  });

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  it('quotes an error as it is', () => {
    const quoted = /^SparseMarginMSELoss: .*$/m.exec(text)?.[0] ?? '';
    const loss = new SparseMarginMSELoss({ forward: (features) => features });
    const column = tf.ones<tf.Rank.R2>([8, 4]);
    const compute = (): tf.Tensor =>
      loss.computeLossFromEmbeddings([column, column, column], tf.ones([8, 3]));
    expect(quoted).not.toBe('');
    expect(compute).toThrow(quoted);
  });

  it.each(examples.map((code, index) => [index, code] as const))(
    'has an example %i that runs',
    async (index, code) => {
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `example-${index}.ts`);
      const publicApi = pathToFileURL(join(packageRoot(), 'src', 'index.ts')).href;
      writeFileSync(file, code.replaceAll("'sparse-encoder'", `'${publicApi}'`));
      const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      await import(pathToFileURL(file).href);
      const lines = printed.mock.calls.map((call) => call.map((part) => JSON.stringify(part)).join(' '));
      printed.mockRestore();
      expect(lines.length).toBeGreaterThan(0);
      for (const [, expected = ''] of code.matchAll(/console\.log\(.*\); \/\/ [^:\n]*: (\S+)\.\.\.$/gm)) {
        expect(lines.join('\n')).toContain(expected);
      }
    },
  );
});

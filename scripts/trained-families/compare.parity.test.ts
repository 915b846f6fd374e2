// @module-tag slow
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { zeroDropout } from '../../parity/training/zero-dropout.js';
import { packageRoot } from '../../src/package-root.js';
import { findReferencePython } from '../../src/python/environment.js';
import { trainBoth } from './compare.js';
import { orderedPairs, type Pair, writeLines } from './data.js';
import { FAMILIES, RECIPES } from './recipes.js';

const python = findReferencePython();
const FIXTURES = join(packageRoot(), 'fixtures');
const MODELS = { splade: 'splade-bert', csr: 'csr-deep', 'inference-free': 'inference-free' } as const;
const SHAPE = { steps: 5, batch: 4, seed: 7 } as const;

describe.runIf(python !== undefined)('a family trained by both trainers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trained-families-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FAMILIES)(
    'has the same losses in every turn: %s',
    async (family) => {
      const at = (name: string): string => join(folder, `${family}-${name}`);
      cpSync(join(FIXTURES, 'models', MODELS[family]), at('start'), { recursive: true });
      zeroDropout(at('start'));
      const pairs = readFileSync(join(FIXTURES, 'wordnet', 'pair.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Pair);
      writeLines(at('pairs'), pairs);
      writeLines(at('ordered'), await orderedPairs(pairs, SHAPE));
      const turns: string[] = [];
      const { ours, reference } = await trainBoth(
        {
          ...RECIPES[family],
          ...SHAPE,
          start: at('start'),
          pairs: at('pairs'),
          ordered: at('ordered'),
          turn: 2,
          length: 16,
        },
        { ours: at('ours'), reference: at('reference') },
        { python: python ?? '', threads: 1, onTurn: (who) => turns.push(who) },
      );
      expect(turns).toEqual(['ours', 'reference', 'reference', 'ours', 'ours', 'reference']);
      expect(ours.losses).toHaveLength(3);
      ours.losses.forEach((loss, turn) => {
        expect(loss / (reference.losses[turn] ?? Number.NaN)).toBeCloseTo(1, 4);
      });
      for (const one of [ours, reference]) {
        expect(one.cpuSeconds).toBeGreaterThan(0);
        expect(existsSync(join(one.output, 'modules.json'))).toBe(true);
      }
    },
    300_000,
  );
});

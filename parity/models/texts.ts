import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenizerInput } from '../../src/api/modules.js';
import type { Random } from '../../src/api/training.js';
import { fixturesFolder } from '../fixtures.js';

/** Texts that tokenizers and pooling are likely to treat in special ways. */
const AWKWARD = [
  '',
  '   ',
  '🙂',
  'naïve café, ÜBER São',
  '中文 and 日本語 テキスト',
  'مرحبا بالعالم',
  'a cloud of particles 👩‍👩‍👧',
  'tabs\tand\nlines',
  '[MASK] <mask> [PAD] </s>',
  '1,234.56 (A/B) 50% -- “x”',
  'the the the the the the',
  'e\u0301 is \u00e9',
] as const;

let wordNet: readonly string[] | undefined;

/** Words of the data set with their definitions. */
function realTexts(): readonly string[] {
  if (wordNet !== undefined) return wordNet;
  const lines = readFileSync(join(fixturesFolder(), 'wordnet', 'pair.jsonl'), 'utf8')
    .trim()
    .split('\n');
  wordNet = lines.flatMap((line) => Object.values(JSON.parse(line) as Record<string, string>));
  return wordNet;
}

/** A text of at most `words` words: a real one, or in one of four cases an awkward one. */
export function drawText(random: Random, words = 12): string {
  if (random.below(4) === 0) return random.pick(AWKWARD);
  return random.pick(realTexts()).split(' ').slice(0, words).join(' ');
}

/** Longer than any of the tiny models takes. */
function longText(random: Random): string {
  return Array.from({ length: 12 }, () => random.pick(realTexts())).join(', ');
}

/** Texts of all kinds: every awkward one, a long one, real ones. */
export function mixedTexts(random: Random, count: number): string[] {
  const all = [...AWKWARD, longText(random), ...Array.from({ length: count }, () => drawText(random))];
  return random.shuffle(all).slice(0, count);
}

/** A pair of texts, which models with token types distinguish. */
export function drawPair(random: Random): TokenizerInput {
  return [drawText(random, 6), random.pick(realTexts())];
}

import { createHash } from 'node:crypto';
import type { TokenizerInput } from '../../tokenizer/tokenizer.js';

/**
 * Texts on which every exported file is verified: ordinary ones of several lengths, and texts on which runtimes differ.
 * A user's texts are added.
 */
const ORDINARY = [
  'bacteria',
  'running shoes',
  'how do vaccines work',
  'What is the capital of Australia?',
  'The committee postponed its decision until the spring.',
  'A kettle whistled in the kitchen while rain ran down the windows of the old house.',
  'Red blood cells carry oxygen from the lungs to every tissue of the body and bring carbon dioxide back.',
  'To install the package, download the archive, unpack it into an empty folder, and run the script that checks your machine before it copies anything.',
  'The bridge was closed for repairs in 1987, reopened two years later with a third lane, and has carried about forty thousand vehicles a day ever since, although engineers had planned it for half of that.',
  'Interest rates rose again in March; mortgages became dearer, fewer houses were sold, builders put off new projects, and by the end of the summer the price of timber had fallen to what it had been before the fire.',
];

const AWKWARD = [
  '',
  ' ',
  '.',
  '\t\n\u0000\u200B',
  '[CLS] [SEP] [MASK] [PAD] <s> </s>',
  'naïve café Zürich Ångström Ελλάδα ΣΊΣΥΦΟΣ',
  '東京は日本の首都です。北京是中国的首都。',
  'שלום עולם مرحبا بالعالم',
  'नमस्ते दुनिया สวัสดีชาวโลก',
  '👩‍👩‍👧‍👦 🇨🇭 e\u0301 ﬁ ½ ℌ',
  'buffalo buffalo buffalo buffalo buffalo buffalo buffalo buffalo',
  `https://example.org/a/b?c=${'x'.repeat(150)}#d`,
  '3.14159 -273.15 1e-12 0x1F 2026-11-28T12:00:00Z',
  // Truncated by every model with at most 1,024 tokens.
  'a long text without an end '.repeat(220),
];

export const BUILT_IN_TEXTS: readonly string[] = [...ORDINARY, ...AWKWARD];

/** Pairs whose second text has its own token types. */
export const BUILT_IN_PAIRS: readonly (readonly [string, string])[] = [
  ['how do vaccines work', 'A vaccine shows the immune system a harmless part of a germ.'],
  ['The bridge was closed for repairs.', 'closed'],
];

/** A hash that depends on texts, pairs and their order. */
export function hashOfTexts(texts: readonly TokenizerInput[]): string {
  const hash = createHash('sha256');
  for (const text of texts) {
    const parts = [text].flat();
    hash.update(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('+'));
    hash.update('\n');
  }
  return hash.digest('hex');
}

import { join } from 'node:path';
import type { Attack } from '../attack.js';
import { LARGE_FILES } from './large-files.js';
import { encodeLong, TEN_MEGABYTES, TEXTS } from './long-text.js';
import { editJson, refuses } from './refuses.js';

const EXPECTS = 'a ModelFileError, in time and memory that the size of the file allows';

const largeFiles = LARGE_FILES.map(({ name, what, bytes, damage }): Attack => ({
  name,
  what,
  expects: EXPECTS,
  tries: { quick: 1, full: 3 },
  seconds: 60,
  bytes,
  attempt: refuses(damage),
}));

const longTexts = Object.entries(TEXTS).map(([name, part]): Attack => ({
  name: `10 MB of ${name} as a text`,
  what: 'encodes one long text, with a tokenizer of another kind in each try',
  expects: 'an embedding, in time and memory that the size of the text allows',
  tries: { quick: 1, full: 4 },
  bytes: TEN_MEGABYTES,
  attempt: encodeLong(part),
}));

const patterns = ['(a+)+$', '(.*)*x', '(\\s+)*$'].map((regex): Attack => ({
  name: `the pattern ${regex}`,
  what: 'loads a tokenizer with a pattern that takes forever on some texts',
  expects: EXPECTS,
  tries: { quick: 1, full: 2 },
  attempt: refuses({
    model: 'splade-bert',
    told: /takes too long/,
    apply: (folder) =>
      editJson(join(folder, 'tokenizer.json'), (json) => {
        json['pre_tokenizer'] = {
          type: 'Split',
          pattern: { Regex: regex },
          behavior: 'Isolated',
          invert: false,
        };
      }),
  }),
}));

export const ATTACKS: readonly Attack[] = [...largeFiles, ...longTexts, ...patterns];

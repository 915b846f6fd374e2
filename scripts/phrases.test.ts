import { describe, expect, it } from 'vitest';
import { phrasesIn } from './phrases/phrases.js';

describe('the list of phrases', () => {
  it.each([
    '/** Of each row, its length. */',
    '// Of two the first.',
    'throws for what is no list',
    'hidden_size 10 is no multiple of 3',
    'values that are no tensors',
    'A format is of no account here',
    'The weights cannot be had',
    'memory for it could not be had',
    ' * @throws InputError where the row is missing',
    '/** Texts of a batch; 32 unless given. */',
    'options of the wrong kind',
    'whatever becomes of the array',
    'a pattern that takes for ever',
    'ran 1 cases',
    "`${n} row${n === 1 ? '' : 's'}`",
    '`a row of ${cells.length} cells`',
  ])('finds "%s"', (line) => {
    expect(phrasesIn(`fine\n${line}`).map((each) => each.line)).toContain(2);
  });

  it.each([
    '/** Rows of each matrix. */',
    'there is no such file',
    'There may be no label',
    'which is no longer there',
    'they are no faster',
    'ran 11 cases',
    "`a row of ${counted(cells.length, 'cell')}`",
    'That is not a reason to stop',
  ])('lets "%s" pass', (line) => {
    expect(phrasesIn(line)).toEqual([]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import {
  classPairsToTriplets,
  classTextsToTriplets,
  nTuplesToTriplets,
  scoresToMargins,
  tripletsToPairs,
  type ClassText,
} from './convert.js';

const animalsAndTools: ClassText[] = [
  { text: 'cat', label: 'animal' },
  { text: 'saw', label: 'tool' },
  { text: 'dog', label: 'animal' },
  { text: 'axe', label: 'tool' },
  { text: 'emu', label: 'animal' },
];

const classOf = (text: string) => animalsAndTools.find((row) => row.text === text)?.label;
const tripletsOf = (rows: ClassText[], seed = 0) => classTextsToTriplets(rows, { seed });
const pair = (sentence1: string, sentence2: string, label: string) => ({ sentence1, sentence2, label });

describe('classTextsToTriplets', () => {
  it('makes every text an anchor once, with a positive of its class and a negative of another', () => {
    const triplets = classTextsToTriplets(animalsAndTools, { seed: 7 });
    expect(triplets.map(({ anchor }) => anchor).toSorted()).toEqual(['axe', 'cat', 'dog', 'emu', 'saw']);
    for (const { anchor, positive, negative } of triplets) {
      expect(positive).not.toBe(anchor);
      expect(classOf(positive)).toBe(classOf(anchor));
      expect(classOf(negative)).not.toBe(classOf(anchor));
    }
  });

  it('gives the same triplets for the same seed and, over several seeds, others', () => {
    expect(tripletsOf(animalsAndTools, 3)).toEqual(tripletsOf(animalsAndTools, 3));
    const runs = [1, 2, 3, 4, 5].map((seed) => JSON.stringify(tripletsOf(animalsAndTools, seed)));
    expect(new Set(runs).size).toBeGreaterThan(1);
  });

  it('reaches every other text of the class as positive and every outsider as negative', () => {
    const catRows = Array.from({ length: 60 }, (_, seed) =>
      classTextsToTriplets(animalsAndTools, { seed }).filter(({ anchor }) => anchor === 'cat'),
    ).flat();
    expect(new Set(catRows.map(({ positive }) => positive))).toEqual(new Set(['dog', 'emu']));
    expect(new Set(catRows.map(({ negative }) => negative))).toEqual(new Set(['saw', 'axe']));
  });

  it('never takes a text of the anchor class as negative, even where texts repeat across classes', () => {
    const text = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e');
    const rows = fc.array(fc.record({ text, label: fc.integer({ min: 0, max: 2 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.nat(), (texts, seed) => {
        const members = (label: number) =>
          new Set(texts.filter((row) => row.label === label).map((row) => row.text));
        const classes = [0, 1, 2].map(members).filter(({ size }) => size > 0);
        fc.pre(classes.length > 1 && classes.every(({ size }) => size > 1));
        fc.pre(classes.every((own) => texts.some((row) => !own.has(row.text))));
        for (const { anchor, positive, negative } of tripletsOf(texts, seed)) {
          expect(positive).not.toBe(anchor);
          const agreeing = classes.filter(
            (own) => own.has(anchor) && own.has(positive) && !own.has(negative),
          );
          expect(agreeing).not.toEqual([]);
        }
      }),
    );
  });

  it('refuses a single class, a class of one different text, and a class that covers every text', () => {
    const tools = animalsAndTools.filter(({ label }) => label === 'tool');
    const repeated = { text: 'ash', label: 'tree' };
    const covering = [1, 2].flatMap((label) => ['ash', 'elm'].map((text) => ({ text, label })));
    expect(() => tripletsOf(tools)).toThrow(InputError);
    expect(() => tripletsOf([])).toThrow(/0 class/);
    expect(() => tripletsOf([...animalsAndTools, repeated])).toThrow(/"tree" has 1 different text/);
    expect(() => tripletsOf([...animalsAndTools, repeated, repeated])).toThrow(/"tree" has 1 different text/);
    expect(() => tripletsOf(covering)).toThrow(/every text also carries class 1/);
  });
});

describe('classPairsToTriplets', () => {
  const classes = { positive: 'entailment', negative: 'contradiction' };

  it('joins the pairs of one anchor and starts the shorter list over', () => {
    const rows = [
      pair('rain falls', 'it is wet', 'entailment'),
      pair('rain falls', 'it is dry', 'contradiction'),
      pair('a cat sits', 'a cat waits', 'neutral'),
      pair('rain falls', 'no rain falls', 'contradiction'),
      pair('a dog runs', 'a dog moves', 'entailment'),
    ];
    expect(classPairsToTriplets(rows, classes)).toEqual([
      { anchor: 'rain falls', positive: 'it is wet', negative: 'it is dry' },
      { anchor: 'rain falls', positive: 'it is wet', negative: 'no rain falls' },
    ]);
  });

  it('takes integer classes', () => {
    const rows = [
      { sentence1: 'a', sentence2: 'b', label: 0 },
      { sentence1: 'a', sentence2: 'c', label: 2 },
    ];
    expect(classPairsToTriplets(rows, { positive: 0, negative: 2 })).toEqual([
      { anchor: 'a', positive: 'b', negative: 'c' },
    ]);
  });

  it('refuses contradictory labels, one class for both roles, and data without a triplet', () => {
    const contradictory = [pair('a', 'b', 'entailment'), pair('a', 'b', 'contradiction')];
    expect(() => classPairsToTriplets(contradictory, classes)).toThrow(/"b" is both positive and negative/);
    expect(() => classPairsToTriplets(contradictory, { positive: 1, negative: 1 })).toThrow(InputError);
    expect(() => classPairsToTriplets([pair('a', 'b', 'neutral')], classes)).toThrow(/found are "neutral"/);
  });
});

describe('nTuplesToTriplets', () => {
  it('gives one triplet per negative, ordered by number and not by spelling', () => {
    const row = { anchor: 'a', positive: 'p', negative_10: 'n10', negative_2: 'n2', negative_1: 'n1' };
    expect(nTuplesToTriplets([row])).toEqual([
      { anchor: 'a', positive: 'p', negative: 'n1' },
      { anchor: 'a', positive: 'p', negative: 'n2' },
      { anchor: 'a', positive: 'p', negative: 'n10' },
    ]);
  });

  it('refuses a row without negatives, by its number', () => {
    const rows = [
      { anchor: 'a', positive: 'p', negative_1: 'n' },
      { anchor: 'a', positive: 'p' },
    ];
    expect(() => nTuplesToTriplets(rows)).toThrow(/row 1 has no column negative_1/);
  });
});

describe('tripletsToPairs', () => {
  it('undoes the spreading of n-tuples over triplets', () => {
    const tuples = [
      { anchor: 'a', positive: 'p', negative_1: 'n1', negative_2: 'n2' },
      { anchor: 'b', positive: 'q', negative_1: 'n3', negative_2: 'n4' },
    ];
    expect(tripletsToPairs(nTuplesToTriplets(tuples))).toEqual([
      { anchor: 'a', positive: 'p' },
      { anchor: 'b', positive: 'q' },
    ]);
  });

  it('keeps different positives of one anchor', () => {
    const rows = ['p', 'q'].map((positive) => ({ anchor: 'a', positive, negative: 'n' }));
    expect(tripletsToPairs(rows).map(({ positive }) => positive)).toEqual(['p', 'q']);
  });
});

describe('scoresToMargins', () => {
  it('subtracts each negative score from the positive score', () => {
    expect(scoresToMargins([0.75, 0.5, 1])).toEqual([0.25, -0.25]);
  });

  it('refuses too few and non-finite scores', () => {
    expect(() => scoresToMargins([0.5])).toThrow(InputError);
    expect(() => scoresToMargins([])).toThrow(InputError);
    expect(() => scoresToMargins([0.5, Number.NaN])).toThrow(/not all finite/);
  });
});

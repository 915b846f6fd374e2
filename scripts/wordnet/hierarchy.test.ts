import { describe, expect, it } from 'vitest';
import { buildHierarchy } from './hierarchy.js';
import { readSynsets, wordnetFolder, type PartOfSpeech, type Synset, type SynsetId } from './synsets.js';

function synset(id: SynsetId, hypernyms: readonly SynsetId[]): Synset {
  const partOfSpeech: PartOfSpeech = id.startsWith('v') ? 'v' : 'n';
  return {
    id,
    partOfSpeech,
    hypernyms,
    lexname: '',
    lemmas: [id],
    definition: id,
    examples: [],
    commonLemma: undefined,
  };
}

/** Nouns: entity > animal > (dog, cat > kitten), pet > dog beside animal. Verbs: move > run; think. */
const entity = synset('nEntity', []);
const animal = synset('nAnimal', ['nEntity']);
const pet = synset('nPet', ['nEntity']);
const dog = synset('nDog', ['nAnimal', 'nPet']);
const cat = synset('nCat', ['nAnimal']);
const kitten = synset('nKitten', ['nCat']);
const move = synset('vMove', []);
const run = synset('vRun', ['vMove']);
const think = synset('vThink', []);

const all = [entity, animal, pet, dog, cat, kitten, move, run, think];
const hierarchy = buildHierarchy(new Map(all.map((one) => [one.id, one])));

describe('Wu-Palmer similarity', () => {
  it('is 2 depth(common) over the path through it plus twice its depth', () => {
    expect(hierarchy.wuPalmer(dog, cat)).toBe(4 / (1 + 1 + 4));
    expect(hierarchy.wuPalmer(dog, kitten)).toBe(4 / (1 + 2 + 4));
    expect(hierarchy.wuPalmer(cat, kitten)).toBe(6 / (0 + 1 + 6));
    expect(hierarchy.wuPalmer(pet, animal)).toBe(2 / (1 + 1 + 2));
  });

  it('is symmetric, and 1 for a synset and itself only', () => {
    for (const a of all) {
      for (const b of all) {
        expect(hierarchy.wuPalmer(a, b)).toBe(hierarchy.wuPalmer(b, a));
        expect(hierarchy.wuPalmer(a, b) === 1).toBe(a === b);
      }
    }
  });

  it('joins the many roots of verbs under one more node', () => {
    expect(hierarchy.wuPalmer(move, think)).toBe(2 / (1 + 1 + 2));
    expect(hierarchy.wuPalmer(run, think)).toBe(2 / (2 + 1 + 2));
    expect(hierarchy.wuPalmer(run, move)).toBe(4 / (1 + 0 + 4));
  });

  it('ends on a cycle of hypernyms', () => {
    const [a, b] = [synset('vA', ['vB']), synset('vB', ['vA'])];
    const cyclic = buildHierarchy(new Map([a, b].map((one) => [one.id, one])));
    expect(cyclic.wuPalmer(a, b)).toBeGreaterThan(0);
  });

  it('gives the published value for dog and cat in WordNet', () => {
    const synsets = readSynsets(wordnetFolder());
    const common = (lemma: string) => [...synsets.values()].find(({ commonLemma }) => commonLemma === lemma);
    const [wordnetDog, wordnetCat] = [common('dog'), common('cat')];
    if (wordnetDog === undefined || wordnetCat === undefined) throw new Error('dog and cat are missing');
    expect(buildHierarchy(synsets).wuPalmer(wordnetDog, wordnetCat)).toBeCloseTo(6 / 7, 12);
  });
});

describe('siblings', () => {
  it('share a hypernym and are neither the synset nor above or below it', () => {
    expect(hierarchy.siblings(cat).map(({ id }) => id)).toEqual(['nDog']);
    expect(hierarchy.siblings(entity)).toEqual([]);
    const lower = synset('nLower', ['nEntity', 'nAnimal']);
    const shortcut = buildHierarchy(new Map([entity, animal, lower].map((one) => [one.id, one])));
    expect(shortcut.siblings(lower)).toEqual([]);
    expect(shortcut.siblings(animal)).toEqual([]);
  });
});

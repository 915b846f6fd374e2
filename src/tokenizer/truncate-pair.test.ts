import { describe, expect, it } from 'vitest';
import { longestFirst } from './truncate-pair.js';

/**
 * Removes tokens one by one from the longer text. This is the definition of "longest first"; the reference computes it
 * in one step.
 */
function oneByOne(first: number, second: number, room: number): [number, number] {
  const longer = first > second ? 0 : 1;
  const counts: [number, number] = [first, second];
  while (counts[0] + counts[1] > room) {
    const [a, b] = counts;
    // If both are equally long, the one that was longer at first keeps its token.
    counts[a > b || (a === b && longer === 1) ? 0 : 1]--;
  }
  return counts;
}

describe('longestFirst', () => {
  it('equals removing tokens one by one', () => {
    for (let first = 0; first < 14; first++) {
      for (let second = 0; second < 14; second++) {
        for (let room = 0; room < 30; room++) {
          expect(longestFirst(first, second, room), `${first} ${second} ${room}`).toEqual(
            oneByOne(first, second, room),
          );
        }
      }
    }
  });
});

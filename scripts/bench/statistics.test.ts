import { describe, expect, test } from 'vitest';
import { median, memoryRatio, speedRatio, summarize } from './statistics.js';

const light = { peakMiB: 100, startMiB: 80 };
const heavy = { peakMiB: 400, startMiB: 300 };

describe('median', () => {
  test('is the middle value whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('is the mean of the two middle values of an even count', () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  test('sorts numbers by value, not by spelling', () => {
    expect(median([100, 9, 20])).toBe(20);
  });

  test('refuses an empty list', () => {
    expect(() => median([])).toThrow(/at least one/);
  });
});

test('one slow round moves the maximum and not the median', () => {
  expect(summarize([2, 900, 3, 2, 3], light)).toEqual({
    medianMs: 3,
    minMs: 2,
    maxMs: 900,
    rounds: 5,
    peakMiB: 100,
    startMiB: 80,
  });
});

describe('ratios', () => {
  const fastAndLight = summarize([10], light);
  const slowAndHeavy = summarize([50], heavy);

  test('the speed ratio is above 1 when ours is the faster one', () => {
    expect(speedRatio(fastAndLight, slowAndHeavy)).toBe(5);
    expect(speedRatio(slowAndHeavy, fastAndLight)).toBe(0.2);
  });

  test('the memory ratio is below 1 when ours needs less', () => {
    expect(memoryRatio(fastAndLight, slowAndHeavy)).toBe(0.25);
    expect(memoryRatio(slowAndHeavy, fastAndLight)).toBe(4);
  });
});

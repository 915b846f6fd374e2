import { describe, expect, test } from 'vitest';
import { measureRow, MIN_ROUNDS, type SideName } from './runner.js';
import type { Worker } from './worker.js';

function scriptedWorker(side: SideName, ms: number, log: SideName[], value = 1.5): Worker {
  return {
    prepare: async () => ({ engine: `${side} engine`, threads: 1, startMiB: 50 }),
    round: async () => {
      log.push(side);
      return { ms, value };
    },
    finish: async () => ({ peakMiB: side === 'ours' ? 100 : 400 }),
    stop: () => {},
  };
}

async function measure(oursMs: number, referenceMs: number, seconds: number) {
  const log: SideName[] = [];
  const workers = {
    ours: scriptedWorker('ours', oursMs, log),
    reference: scriptedWorker('reference', referenceMs, log),
  };
  return { log, ...(await measureRow('row', workers, { seconds })) };
}

describe('rounds', () => {
  test('each side spends its own budget, so the faster one does more rounds', async () => {
    const { row } = await measure(10, 100, 1);
    expect(row.ours.rounds).toBe(100);
    expect(row.reference.rounds).toBe(10);
  });

  test('a round longer than the whole budget is still done three times', async () => {
    const { row } = await measure(60_000, 10, 1);
    expect(row.ours.rounds).toBe(MIN_ROUNDS);
    expect(row.reference.rounds).toBe(100);
  });

  test('the sides take turns and swap who begins', async () => {
    const { log } = await measure(1000, 1000, 5);
    const measured = log.slice(4);
    expect(measured).toHaveLength(10);
    expect(measured.slice(0, 4)).toEqual(['ours', 'reference', 'reference', 'ours']);
  });

  test('warm-up rounds are not measured', async () => {
    const { log, row } = await measure(500, 500, 2);
    expect(log).toHaveLength(row.ours.rounds + row.reference.rounds + 4);
  });

  test('a round longer than the budget is warmed up once', async () => {
    const { log, row } = await measure(5000, 5000, 2);
    expect(log).toHaveLength(row.ours.rounds + row.reference.rounds + 2);
  });
});

test('each side keeps its own time and memory', async () => {
  const { row, engines } = await measure(20, 30, 0.5);
  expect(row.ours).toMatchObject({ medianMs: 20, peakMiB: 100 });
  expect(row.reference).toMatchObject({ medianMs: 30, peakMiB: 400 });
  expect(engines.reference.engine).toBe('reference engine');
});

test.each([
  ['another value', 1.6],
  ['NaN', Number.NaN],
])('no speed is reported when ours computes %s', async (_, value) => {
  const log: SideName[] = [];
  const workers = {
    ours: scriptedWorker('ours', 1, log, value),
    reference: scriptedWorker('reference', 1, log),
  };
  await expect(measureRow('row', workers, { seconds: 0.01 })).rejects.toThrow(/must agree/);
});

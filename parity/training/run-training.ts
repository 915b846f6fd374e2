import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setEngine, UsageError } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { failureOf } from '../judge-or-name.js';
import { type TrainingCheck, TRAINING_PATH, type TrainingResult } from './check.js';
import { DROPOUT } from './dropout.js';
import { recipeCheck } from './recipe-check.js';
import { RECIPES, STEPS } from './recipe.js';

const CHECKS: readonly TrainingCheck[] = [...RECIPES.map(recipeCheck), DROPOUT];

/** The checks with these names, or all of them if there are no names. Throws a UsageError for an unknown name. */
export function selectTraining(names: readonly string[]): readonly TrainingCheck[] {
  const known = CHECKS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no training run "${unknown}"; there are ${known.join(', ')}`);
  }
  return CHECKS.filter(({ name }) => names.length === 0 || names.includes(name));
}

export interface TrainingRunOptions {
  readonly reference: Pick<Reference, 'call'>;
  readonly steps?: number;
  /** Whether to train the wrong variants of the trainer, too. */
  readonly withMutants: boolean;
  readonly onCheck?: (name: string) => void;
  readonly onMutant?: (id: string) => void;
  /** Sees a check that cannot be made since the reference failed on it. Without it, the run ends. */
  readonly onLost?: (name: string, why: string) => void;
}

export interface TrainingCompared {
  readonly results: readonly TrainingResult[];
  readonly mutants: number;
  readonly survivors: readonly string[];
}

/** Checks training on the onnx engine, which the trainer uses. */
export async function runTraining(
  checks: readonly TrainingCheck[],
  { reference, steps = STEPS, withMutants, onCheck, onMutant, onLost }: TrainingRunOptions,
): Promise<TrainingCompared> {
  const work = mkdtempSync(join(tmpdir(), 'parity-training-'));
  await setEngine('onnx', { threads: 1 });
  const results: TrainingResult[] = [];
  const survivors: string[] = [];
  let tried = 0;
  try {
    for (const check of checks) {
      const judged = await check.judge({ reference, work, steps }).catch((error: unknown) => {
        const why = failureOf(error);
        if (why === undefined || onLost === undefined) throw error;
        onLost(`${TRAINING_PATH}${check.name}`, why);
      });
      if (judged === undefined) continue;
      try {
        results.push(judged.result);
        onCheck?.(`${TRAINING_PATH}${check.name}`);
        if (!withMutants) continue;
        tried += check.mutants.length;
        // If the right trainer fails too, nothing distinguishes it from a wrong one.
        const isRight = judged.result.failures.length === 0;
        const survived = isRight ? await judged.survivors(check.mutants, onMutant) : check.mutants;
        survivors.push(...survived.map(({ id }) => id));
      } finally {
        await judged.dispose?.();
      }
    }
    return { results, mutants: tried, survivors };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

import { leavesOf } from '../../encoder/module-tree.js';
import { warmupStepsOf } from '../../training/learning-rates.js';
import { warn } from '../../warnings.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import { regularizerWarmup, SpladeRegularizerWeightSchedulerCallback } from '../regularizer-schedule.js';

/** Steps in a row after which a guard speaks. */
const STEPS = { zero: 3, dense: 10, still: 20 } as const;
/** A share of the texts, or of the dimensions, from which on it is about all of them. */
const ALL = 0.99;
/** A latent of a sparse auto-encoder is dead above this counter, unless the module says otherwise. */
const DEAD_AFTER = 30;
/** The share of dead latents from which on a guard speaks. */
const MANY_DEAD = 0.3;
const COUNTERS = 'stats_last_nonzero';

/** How many steps in a row something was so; speaks once, at the count. */
class Streak {
  readonly #length: number;
  #count = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /** Whether it was so for the length, for the first time. */
  after(isSo: boolean): boolean {
    this.#count = isSo ? this.#count + 1 : 0;
    return this.#count === this.#length;
  }
}

/**
 * Warns, once for each and within steps, of a run that goes wrong: embeddings without any active dimension or with all of
 * them, dead latents, a loss that does not move, a warm-up that does not end within the run. The trainer has them of itself.
 */
export function guards(callbacks: () => readonly TrainerCallback[]): TrainerCallback {
  const zero = { query: new Streak(STEPS.zero), document: new Streak(STEPS.zero) };
  const dense = new Streak(STEPS.dense);
  const still = new Streak(STEPS.still);
  let lastLoss = Number.NaN;
  let saidDead = false;
  return {
    onTrainBegin(context) {
      checkSchedules(context, callbacks());
    },
    onStepEnd({ step, state, model, args }) {
      if (step === undefined) return;
      const { activity, loss } = step;
      const at = `step ${state.globalStep}`;
      for (const side of ['query', 'document'] as const) {
        if (zero[side].after((activity?.[`${side}_all_zero`] ?? 0) >= ALL)) {
          warn(
            `${at}: the embeddings of all ${side === 'query' ? 'queries' : 'documents'} of ${STEPS.zero} steps are zero, and a model without active dimensions hardly recovers. ` +
              `Lower ${side}RegularizerWeight, let it rise for longer (warmupRatio of the regularizer's schedule), or lower learningRate (${args.learningRate}).`,
          );
        }
      }
      const dimension = model.dimension ?? Infinity;
      if (dense.after((activity?.document_active_dims ?? 0) >= ALL * dimension)) {
        warn(
          `${at}: all ${dimension} dimensions of the documents of ${STEPS.dense} steps are active. ` +
            'Raise documentRegularizerWeight, or raise learningRate while it is small; a backbone with large, alike logits needs a higher one of both.',
        );
      }
      if (still.after(Math.abs(loss - lastLoss) <= 1e-7 * Math.abs(loss))) {
        warn(
          `${at}: the loss has been ${loss} for ${STEPS.still} steps. ` +
            `Check that learningRate (${args.learningRate}) is above 0, that the labels differ, and that embeddings are not all zero.`,
        );
      }
      lastLoss = loss;
    },
    async onLog({ model, logs }) {
      const share = await deadLatents(model);
      if (share === undefined) return;
      if (logs !== undefined && 'loss' in logs) logs['dead_latents'] = share;
      if (saidDead || share < MANY_DEAD) return;
      saidDead = true;
      warn(
        `${(100 * share).toFixed(0)} % of the latents of the sparse auto-encoder are dead: no text activates them. ` +
          'Raise kAux of the auto-encoder or beta of CSRLoss, lower learningRate, or take fewer latents (hiddenDim).',
      );
    },
  };
}

function checkSchedules({ args, state }: CallbackContext, callbacks: readonly TrainerCallback[]): void {
  const { maxSteps } = state;
  const warmup = warmupStepsOf(args.warmupSteps, maxSteps);
  if (warmup >= maxSteps) {
    warn(
      `the learning rate rises for ${warmup} steps, and the run has ${maxSteps}: it never reaches learningRate (${args.learningRate}). Lower warmupSteps, or train for longer.`,
    );
  }
  for (const each of callbacks) {
    if (!(each instanceof SpladeRegularizerWeightSchedulerCallback)) continue;
    const steps = regularizerWarmup(maxSteps, each.warmupRatio);
    if (steps < maxSteps) continue;
    warn(
      `the regularizer weights rise for ${steps} steps, and the run has ${maxSteps}: they never reach what they were set to. Lower warmupRatio of the regularizer's schedule, or train for longer.`,
    );
  }
}

/** The share of latents that no text has activated for long; undefined without a sparse auto-encoder. */
async function deadLatents(model: CallbackContext['model']): Promise<number | undefined> {
  for (const { module } of leavesOf(model.modules)) {
    const counters = module.parameters.entries().find(([name]) => name === COUNTERS)?.[1];
    if (counters === undefined) continue;
    const limit = Number(module.config()['dead_threshold'] ?? DEAD_AFTER);
    const values = await counters.data();
    return values.filter((count) => count > limit).length / values.length;
  }
  return undefined;
}

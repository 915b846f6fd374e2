import { counted } from '../../counted.js';
import { leavesOf } from '../../encoder/module-tree.js';
import { warmupStepsOf } from '../../training/learning-rates.js';
import { warn } from '../../warnings.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import { regularizerWarmup, SpladeRegularizerWeightSchedulerCallback } from '../regularizer-schedule.js';

/** A guard warns after this many steps in a row. */
const STEPS = { zero: 3, dense: 10, still: 20 } as const;
/** Above this share of the texts, or of the dimensions, a guard counts it as all of them. */
const ALL = 0.99;
/** A latent of a sparse auto-encoder is dead above this counter, unless the module says otherwise. */
const DEAD_AFTER = 30;
/** A guard warns above this share of dead latents. */
const MANY_DEAD = 0.3;
const COUNTERS = 'stats_last_nonzero';

/** Counts how many steps in a row a condition held. Reports once, when the count is reached. */
class Streak {
  readonly #length: number;
  #count = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /** Whether the condition has now held for the full length for the first time. */
  after(isSo: boolean): boolean {
    this.#count = isSo ? this.#count + 1 : 0;
    return this.#count === this.#length;
  }
}

/**
 * Warns when a run goes wrong: embeddings without any active dimension or with all of them, dead latents, a loss that does
 * not move, a warm-up that does not end within the run. Each warning is given once. The trainer adds the guards by itself.
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
            `${at}: the embeddings of all ${side === 'query' ? 'queries' : 'documents'} were zero for ${STEPS.zero} steps, and a model without active dimensions hardly recovers. ` +
              `Lower ${side}RegularizerWeight, let it rise for longer (warmupRatio of the regularizer's schedule), or lower learningRate (${args.learningRate}).`,
          );
        }
      }
      const dimension = model.dimension ?? Infinity;
      if (dense.after((activity?.document_active_dims ?? 0) >= ALL * dimension)) {
        warn(
          `${at}: all ${dimension} dimensions of the documents were active for ${STEPS.dense} steps. ` +
            'Raise documentRegularizerWeight, or raise learningRate while it is small; a backbone with large, similar logits needs both to be higher.',
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
          'Raise kAux of the auto-encoder or beta of CSRLoss, lower learningRate, or use fewer latents (hiddenDim).',
      );
    },
  };
}

function checkSchedules({ args, state }: CallbackContext, callbacks: readonly TrainerCallback[]): void {
  const { maxSteps } = state;
  const warmup = warmupStepsOf(args.warmupSteps, maxSteps);
  if (warmup >= maxSteps) {
    warn(
      `the learning rate rises for ${counted(warmup, 'step')}, but the run has ${maxSteps}: it never reaches learningRate (${args.learningRate}). Lower warmupSteps, or train for longer.`,
    );
  }
  for (const each of callbacks) {
    if (!(each instanceof SpladeRegularizerWeightSchedulerCallback)) continue;
    const steps = regularizerWarmup(maxSteps, each.warmupRatio);
    if (steps < maxSteps) continue;
    warn(
      `the regularizer weights rise for ${counted(steps, 'step')}, but the run has ${maxSteps}: they never reach their full values. Lower warmupRatio of the regularizer's schedule, or train for longer.`,
    );
  }
}

/** The share of latents that no text has activated for a long time; undefined without a sparse auto-encoder. */
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

import { leavesOf } from '../../encoder/module-tree.js';
import type { CallbackContext, StepNumbers } from '../callbacks.js';

/** A latent of a sparse auto-encoder is dead above this counter, unless the module says otherwise. */
const DEAD_AFTER = 30;
const COUNTERS = 'stats_last_nonzero';

/** What the conditions look at after a step. */
export interface StepFacts {
  readonly context: CallbackContext;
  readonly step: StepNumbers;
  readonly lastLoss: number | undefined;
  /** Whether the regularizers have their full weights, or none. */
  readonly isWarm: boolean;
  /** The share of dead latents; undefined without a sparse auto-encoder. */
  readonly deadLatents: number | undefined;
}

/** What a guard watches: it warns when a figure has been beyond a limit for some steps in a row. */
export interface Condition {
  readonly name: string;
  /** Undefined where the figure says nothing. */
  readonly figure: (facts: StepFacts) => number | undefined;
  readonly limit: number;
  /** Whether figures above the limit are bad, or those below it. */
  readonly bad: 'above' | 'below';
  readonly steps: number;
  readonly says: (facts: StepFacts) => string;
}

const zeroOn = (side: 'query' | 'document'): Condition => ({
  name: `zero ${side}`,
  figure: ({ step }) => step.activity?.[`${side}_all_zero`],
  limit: 0.5,
  bad: 'above',
  steps: 3,
  says: ({ context: { args } }) =>
    `the embeddings of most ${side === 'query' ? 'queries' : 'documents'} were zero for 3 steps, and a model without active dimensions hardly recovers. ` +
    `Lower ${side}RegularizerWeight, let it rise for longer (warmupRatio of the regularizer's schedule), or lower learningRate (${args.learningRate}).`,
});

/** The limits are far from the figures of healthy runs: `npm run guards` prints both. */
export const CONDITIONS: readonly Condition[] = [
  zeroOn('query'),
  zeroOn('document'),
  {
    name: 'dense document',
    // A model that was dense before is not sparse while the weights rise. An auto-encoder has a number of its own.
    figure: ({ context: { model }, step: { activity }, isWarm, deadLatents: dead }) =>
      isWarm && activity !== undefined && model.dimension !== undefined && dead === undefined
        ? activity.document_active_dims / model.dimension
        : undefined,
    limit: 0.5,
    bad: 'above',
    steps: 10,
    says: ({ context: { model }, step }) =>
      `${Math.round(step.activity?.document_active_dims ?? 0)} of the ${model.dimension} dimensions of documents are active, and more than half were for 10 steps. ` +
      'Raise documentRegularizerWeight, or raise learningRate while it is small; a backbone with large, similar logits needs both to be higher.',
  },
  {
    name: 'still',
    figure: ({ step: { loss }, lastLoss }) =>
      lastLoss === undefined ? undefined : Math.abs(loss - lastLoss) / Math.max(Math.abs(loss), 1e-30),
    limit: 1e-3,
    bad: 'below',
    steps: 20,
    says: ({ context: { args }, step: { loss } }) =>
      `the loss has been ${Number(loss.toPrecision(3))} for 20 steps, whatever the batch. The embeddings no longer depend on the texts, or the labels are all equal. ` +
      `Check the labels and the active dimensions; if those fell, lower learningRate (${args.learningRate}) or the regularizer weights.`,
  },
  {
    name: 'dead latents',
    figure: ({ deadLatents: share }) => share,
    limit: 0.3,
    bad: 'above',
    steps: 5,
    says: ({ context: { args }, deadLatents: share = 0 }) =>
      `${(100 * share).toFixed(0)} % of the latents of the sparse auto-encoder are dead: no text activates them. ` +
      `Raise kAux of the auto-encoder or beta of CSRLoss, lower learningRate (${args.learningRate}), or use fewer latents (hiddenDim).`,
  },
];

export const isBad = ({ limit, bad }: Condition, figure: number | undefined): boolean =>
  figure !== undefined && (bad === 'above' ? figure >= limit : figure <= limit);

/** The share of latents that no text has activated for a long time; undefined without a sparse auto-encoder. */
export async function deadLatents(model: CallbackContext['model']): Promise<number | undefined> {
  for (const { module } of leavesOf(model.modules)) {
    const counters = module.parameters.entries().find(([name]) => name === COUNTERS)?.[1];
    if (counters === undefined) continue;
    const limit = Number(module.config()['dead_threshold'] ?? DEAD_AFTER);
    const values = await counters.data();
    return values.filter((count) => count > limit).length / values.length;
  }
  return undefined;
}

import { aPath, checkArguments, instanceOf } from '../arguments.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { elementsOf } from '../engine/arrays.js';
import type { LossNumbers } from '../training/loss-and-gradients.js';
import { disposeGroup, GroupGradients } from './group-gradients.js';
import type { TrainerLoss } from './losses.js';
import { notFiniteIn } from './not-finite.js';
import { trainableParameters } from './parameters.js';
import { readStepCase, regularizersOf, restored, setRegularizers } from './step-case.js';

export interface ReplayedStep extends LossNumbers {
  /** Names of the parameters whose gradients are not finite. */
  readonly gradientsNotFinite: readonly string[];
}

const MODEL = instanceOf(SparseEncoder, 'a SparseEncoder');

/**
 * Computes a step again that was not finite, from the file that holds it, with the same dropout and regularizer weights. The
 * parameters before that step are in the checkpoint beside the file. The model is not changed.
 *
 *     const model = await SparseEncoder.load('run/checkpoint-11');
 *     const { loss, components } = await replayStep(model, lossOf(model), 'run/not-finite-step-12.json');
 *
 * @throws InputError if the file does not hold such a step
 */
export async function replayStep(
  model: SparseEncoder,
  loss: TrainerLoss,
  path: string,
): Promise<ReplayedStep> {
  const rules = { model: MODEL, path: aPath };
  checkArguments('replayStep', rules, { model, path });
  const kept = await readStepCase(path);
  const parameters = trainableParameters(model, loss);
  const variables = parameters.map(([, variable]) => variable);
  const gradients = new GroupGradients(model, loss, variables);
  const { mode } = model;
  model.mode = 'train';
  const weights = regularizersOf(loss);
  setRegularizers(loss, kept.regularizers);
  try {
    model.dropout.restart(kept.seed);
    model.dropout.position = kept.dropoutPosition;
    const group = await gradients.prepare(kept.batches.map(restored));
    try {
      const { gradients: computed, activities: _, ...numbers } = await gradients.of(group);
      const names = parameters.map(([name]) => name);
      const gradientsNotFinite = notFiniteIn(computed.map(elementsOf), names);
      computed.forEach((each) => each.dispose());
      return { ...numbers, gradientsNotFinite };
    } finally {
      disposeGroup(group);
    }
  } finally {
    setRegularizers(loss, weights);
    model.mode = mode;
    await gradients.dispose();
  }
}

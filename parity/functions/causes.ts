import type { WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import { largestFinite } from '../conditioning.js';
import { largestError } from '../numbers.js';
import { judgeByBudgets } from './budgets.js';
import type { FunctionFailure } from './judge-target.js';
import { numericCauses } from './numeric-causes.js';
import type { OurSide } from './our-side.js';
import type { PreparedTarget } from './prepared.js';
import { type Calls, judgeCases, type JudgedFunctionCase, requestOf } from './reference-side.js';

/**
 * Says what is probably wrong in a failing case: the first layer of a module that differs, and the usual causes whose
 * result is just what ours computed.
 */
export async function explainFailure(
  failure: FunctionFailure,
  target: PreparedTarget,
  reference: Calls,
): Promise<string[]> {
  const { ours, judged, mismatch } = failure;
  if (ours.error !== undefined) return errorCauses(ours.error.message);
  if (judged.legs.float32.error !== undefined) return [];
  const layer = target.layers.length === 0 ? undefined : await firstLayer(failure, target, reference);
  const tensor = layer?.tensor ?? mismatch.tensor;
  const found = layer?.ours ?? ours;
  const legs = layer?.judged.legs ?? judged.legs;
  const [own, truth] = [found.tensors.get(tensor), legs.truth.tensors.get(tensor)];
  const hints = own === undefined || truth === undefined ? [] : numericCauses(own, truth, judged.case.inputs);
  if (layer === undefined) return hints;
  const causes = own === undefined ? [] : await layerCauses(layer, own, target, reference);
  return [`first layer that differs: ${layer.name}`, ...causes, ...hints];
}

const errorCauses = (message: string): string[] =>
  message.includes('gradient function not found')
    ? [
        'tfjs cannot differentiate this operation; compute masks and indices outside of the gradient (tf.customGrad), or leave the input out of "gradients"',
      ]
    : [];

interface LayerFailure {
  readonly name: string;
  readonly tensor: string;
  readonly ours: CaseOutcome;
  readonly judged: JudgedFunctionCase;
}

/** Runs the case again with all intermediate results that both sides have. */
async function firstLayer(
  { judged }: FunctionFailure,
  target: PreparedTarget,
  reference: Calls,
): Promise<LayerFailure | undefined> {
  const [again] = await judgeCases(reference, { ...target.reference, layers: target.layers }, [judged.case], {
    sharp: true,
  });
  if (again === undefined) return undefined;
  const side = target.open(target.target.ours);
  const ours = await outcomeAndClose(side, again);
  for (const tensor of again.layers) {
    const own = ours.tensors.get(tensor);
    if (own === undefined || !differs(tensor, ours, again, target)) continue;
    const name = tensor.slice('layer/'.length);
    return { name, tensor, ours, judged: again };
  }
  return undefined;
}

async function outcomeAndClose(side: OurSide, judged: JudgedFunctionCase): Promise<CaseOutcome> {
  try {
    return await side.run(judged);
  } finally {
    await side.close();
  }
}

/** Whether one tensor alone is beyond the limits. */
function differs(
  tensor: string,
  ours: CaseOutcome,
  { legs }: JudgedFunctionCase,
  { budgets }: PreparedTarget,
): boolean {
  const only = (outcome: CaseOutcome): CaseOutcome => ({
    componentNames: [],
    tensors: new Map([...outcome.tensors].filter(([name]) => name === tensor)),
  });
  const alone = { ...legs, float32: only(legs.float32), truth: only(legs.truth) };
  return judgeByBudgets(only(ours), alone, budgets).mismatch !== undefined;
}

/** Asks Python which usual mistake in this layer gives what ours computed (reference/causes.py). */
async function layerCauses(
  { name, judged }: LayerFailure,
  own: WireTensor,
  target: PreparedTarget,
  reference: Calls,
): Promise<string[]> {
  const variants = await layerVariants(name, judged, target, reference);
  const near = variants
    .flatMap(([cause, tensor]) => {
      const error = distance(own, tensor);
      return error === undefined ? [] : [{ cause, error }];
    })
    .toSorted((a, b) => a.error - b.error);
  return near.slice(0, MOST_CAUSES).map(({ cause }) => `likely cause: ${cause}`);
}

const MOST_CAUSES = 2;

async function layerVariants(
  layer: string,
  judged: JudgedFunctionCase,
  target: PreparedTarget,
  reference: Calls,
): Promise<(readonly [string, WireTensor])[]> {
  const request = requestOf(target.reference, [judged.case], { sharp: true });
  const { meta, tensors } = await reference.call('causes.variants', {
    ...request,
    meta: { ...request.meta, layer },
  });
  const { causes } = meta as { causes: string[] };
  return causes.flatMap((cause, index) => {
    const tensor = tensors[String(index)];
    return tensor === undefined ? [] : [[cause, tensor] as const];
  });
}

/** Share of the largest number up to which two results count as the same. */
const NEAR = 64 * 2 ** -23;

function distance(a: WireTensor, b: WireTensor): number | undefined {
  if (a.data.length !== b.data.length || a.shape.join() !== b.shape.join()) return undefined;
  const scale = largestFinite(b.data);
  const { error } = largestError(a.data, b.data);
  return error <= NEAR * scale ? error : undefined;
}

import { OUTPUTS } from '../encoder/exported/onnx-names.js';
import { flowOf, type LogitsFormula } from '../modules/flow.js';
import type { ExportedRoute } from './export-route.js';
import { METADATA_PREFIX } from './metadata.js';

const WEIGHTS: Readonly<Record<LogitsFormula['activationFunction'], string>> = {
  relu: 'log1p(max(x, 0))',
  log1p_relu: 'log1p(log1p(max(x, 0)))',
};

/** How to pool the logits of a graph to embeddings. */
export interface LogitsPooling {
  /** The weight of a term as a formula of its logit x for one token. */
  readonly weight: string;
  readonly strategy: 'max' | 'sum';
  readonly maxActiveDims: string | undefined;
}

/** undefined if the graph has no logits, or they are not pooled by a known formula. */
export function logitsPooling({ model, modules }: ExportedRoute): LogitsPooling | undefined {
  if (model.graph.outputs.every(({ name }) => name !== OUTPUTS.logits)) return undefined;
  const [formula] = modules.flatMap((module) => flowOf(module)?.logits ?? []);
  if (formula === undefined) return undefined;
  return {
    weight: WEIGHTS[formula.activationFunction],
    strategy: formula.poolingStrategy,
    maxActiveDims: model.metadata[`${METADATA_PREFIX}max_active_dims`],
  };
}

/** Explains the pooling to users of runtimes that give logits. */
export function describePooling({ weight, strategy, maxActiveDims }: LogitsPooling): string {
  const over = strategy === 'sum' ? 'the sum' : 'the largest';
  const limit = maxActiveDims === undefined ? '' : `; only the ${maxActiveDims} largest weights are kept`;
  return `An embedding from \`${OUTPUTS.logits}\`: the weight of a term is ${over} of ${weight} over the tokens of a text, where x is a token's logit${limit}.`;
}

/** The weights of the terms of one text, as numpy code. */
export function poolWithNumpy({ weight, strategy }: LogitsPooling): string {
  const formula = weight
    .replaceAll('log1p', 'np.log1p')
    .replace('max(x, 0)', `np.maximum(outputs["${OUTPUTS.logits}"][0], 0)`);
  return `${formula}.${strategy}(axis=0)`;
}

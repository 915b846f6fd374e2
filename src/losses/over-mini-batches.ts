import type { EmbeddingModel, Features } from '../features.js';
import {
  type CutTensor,
  miniBatchLoop,
  type MiniBatchResult,
  type MiniBatchSize,
  type RandomPart,
} from '../ops/mini-batch-loop.js';
import { tf } from '../tf.js';
import { isPerToken, miniBatch, miniBatchRanges, requireMask } from './mini-batches.js';

/** One column of a batch, whose rows are embedded in mini-batches. */
export interface Column {
  readonly loss: string;
  readonly features: Features;
  readonly size: MiniBatchSize;
  readonly draws: ColumnDraws;
  readonly onMiniBatch: () => void;
}

type Run = (features: Features, along: readonly tf.Tensor[]) => MiniBatchResult;

/**
 * Runs a function on every mini-batch of a column. An engine that records does so in a loop of its program, the others
 * in a loop of JavaScript.
 *
 * @param along tensors [rows, ...] whose rows are divided into the mini-batches as well
 */
export function overMiniBatches(column: Column, along: readonly tf.Tensor[], run: Run): MiniBatchResult {
  if (column.size.tokens !== null) requireMask(column.loss, column.features);
  return recorded(column, along, run) ?? oneByOne(column, along, run);
}

function recorded(
  { features, size, draws }: Column,
  along: readonly tf.Tensor[],
  run: Run,
): MiniBatchResult | undefined {
  if (!draws.areFunctionsOfPart) return undefined;
  const named = Object.entries(features).filter(
    (feature): feature is [string, tf.Tensor] => feature[1] instanceof tf.Tensor && feature[1].rank > 0,
  );
  const cut = named.map(([name, tensor]): CutTensor => ({
    tensor,
    perToken: isPerToken(features, name, tensor),
  }));
  const { attentionMask } = features;
  return miniBatchLoop({
    tensors: [...cut, ...along.map((tensor) => ({ tensor, perToken: false }))],
    mask: attentionMask?.rank === 2 ? attentionMask : undefined,
    // The gradient of token embeddings has their shape.
    trims: !(features.tokenEmbeddings instanceof tf.Tensor),
    size,
    run: (parts, part) => {
      const own = Object.fromEntries(named.map(([name], at) => [name, parts[at]]));
      return draws.drawing(part, 0, () => run({ ...features, ...own }, parts.slice(named.length)));
    },
  });
}

function oneByOne(
  { loss, features, size, draws, onMiniBatch }: Column,
  along: readonly tf.Tensor[],
  run: Run,
): MiniBatchResult {
  const rows: tf.Tensor[][] = [];
  const sums: tf.Tensor[] = [];
  miniBatchRanges(loss, features, size).forEach((range, index) => {
    onMiniBatch();
    const [found, added] = tf.tidy(() => {
      const shares = along.map((tensor) => tensor.slice([range.begin], [range.end - range.begin]));
      const part = { tensor: tf.scalar(index, 'int32'), number: index };
      const result = draws.drawing(part, index, () => run(miniBatch(features, range), shares));
      return [[...result.rows], result.sums.map((sum, at) => sums[at]?.add(sum) ?? sum)];
    }) as [tf.Tensor[], tf.Tensor[]];
    tf.dispose(sums);
    sums.splice(0, sums.length, ...added);
    found.forEach((each, at) => (rows[at] ??= []).push(each));
  });
  const whole = rows.map((parts) =>
    tf.tidy(() =>
      tf.concat(
        parts.map((part) => padded(part, parts)),
        0,
      ),
    ),
  );
  tf.dispose(rows);
  return { rows: whole, sums };
}

/** Pads axis 1 with zeros to the longest of the parts. */
function padded(part: tf.Tensor, parts: readonly tf.Tensor[]): tf.Tensor {
  return withLength(part, Math.max(...parts.map(({ shape }) => shape[1] ?? 0)));
}

/** Pads axis 1 with zeros to this length. */
export function withLength(x: tf.Tensor, length: number): tf.Tensor {
  const missing = length - (x.shape[1] ?? length);
  return missing > 0
    ? tf.pad(
        x,
        x.shape.map((_, axis) => [0, axis === 1 ? missing : 0]),
      )
    : x;
}

/**
 * The random numbers of a column's mini-batches. When a mini-batch is embedded again, it repeats its first draws.
 */
export class ColumnDraws {
  readonly #model: EmbeddingModel;
  readonly #begins: (() => void)[] = [];

  constructor(model: EmbeddingModel) {
    this.#model = model;
  }

  /** Whether one recording of the draws serves all mini-batches. */
  get areFunctionsOfPart(): boolean {
    const model = this.#model;
    return !('captureRandomState' in model) || 'withRandomPart' in model;
  }

  drawing<T>(part: RandomPart, index: number, embed: () => T): T {
    const model = this.#model;
    // Draws that are functions of the part need no other state per mini-batch.
    const at = model.withRandomPart === undefined ? index : 0;
    const begin = this.#begins[at];
    if (begin) begin();
    else this.#begins[at] = model.captureRandomState?.() ?? ((): void => undefined);
    return model.withRandomPart === undefined ? embed() : model.withRandomPart(part, embed);
  }
}

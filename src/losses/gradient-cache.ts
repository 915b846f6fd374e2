import { InputError } from '../errors.js';
import type { EmbeddingModel, Features } from '../features.js';
import { observingParts } from '../observed-embeddings.js';
import type { MiniBatchSize } from '../ops/mini-batch-loop.js';
import { withGradient } from '../ops/with-gradient.js';
import { tf } from '../tf.js';
import { sentenceEmbedding } from './inputs.js';
import { type Column, ColumnDraws, overMiniBatches, withLength } from './over-mini-batches.js';

export interface CachedForward {
  readonly loss: string;
  readonly model: EmbeddingModel;
  /** One entry per column. */
  readonly features: readonly Features[];
  readonly size: MiniBatchSize;
  readonly labels: tf.Tensor | undefined;
  /** The loss's components from the columns' embeddings. */
  readonly components: (
    embeddings: tf.Tensor2D[],
    labels: tf.Tensor | undefined,
  ) => Record<string, tf.Scalar>;
  /** Called for every mini-batch that is embedded, except inside the loop of a program. */
  readonly onMiniBatch: () => void;
}

/**
 * The components of a loss, computed without ever holding the activations of more than one mini-batch. In a recorded
 * program whose columns are one mini-batch each, the activations of all columns exist together.
 *
 * Forward: each mini-batch is embedded and its activations are dropped; the loss sees all embeddings together.
 * Backward: the gradient of the loss with respect to the embeddings comes first. Then each mini-batch is embedded
 * again, and its share of that gradient is propagated into the model's variables (and into float features). Labels get
 * the gradient that the loss gives them.
 *
 * @see Gao et al., Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup (2021), https://arxiv.org/abs/2101.06983
 */
export function cachedComponents(task: CachedForward): Record<string, tf.Scalar> {
  const variables = modelVariables(task.model);
  const tensors = featureTensors(task.features);
  const floats = tensors.filter(({ dtype }) => dtype === 'float32');
  const names: string[] = [];
  const forLabels: tf.Tensor2D[] = [];
  const stackedComponents = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const draws = task.features.map(() => new ColumnDraws(task.model));
    const embeddings = columnsOf(task, draws).map((column, index) => {
      const embedded = observingParts((part) =>
        overMiniBatches(column, [], (features) => part(() => embed(task, features, index))),
      );
      return embedded.rows[0] as tf.Tensor2D;
    });
    if (task.labels !== undefined) forLabels.push(...embeddings.map((each) => tf.keep(each.clone())));
    const components = task.components(embeddings, task.labels);
    names.push(...Object.keys(components));
    const labels = task.labels === undefined ? [] : [task.labels];
    // The replay needs tensors that the caller may have made for this forward only.
    save([...embeddings, ...labels, ...tensors]);
    return {
      value: tf.stack(Object.values(components)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const columns = saved.slice(0, embeddings.length) as tf.Tensor2D[];
        const held = saved.slice(embeddings.length + labels.length);
        const copies = new Map(tensors.map((tensor, i) => [tensor, held[i] ?? tensor]));
        const kept: CachedForward = {
          ...task,
          features: task.features.map((features) => withTensors(features, copies)),
          labels: task.labels && saved[embeddings.length],
        };
        const inputs = [...variables, ...floats.map((tensor) => copies.get(tensor) ?? tensor)];
        return apartFromTape(() =>
          replay(columnsOf(kept, draws), kept, inputs, embeddingGradients(kept, columns, dy)),
        );
      },
    };
  });
  return tf.tidy(() => {
    const stacked = stackedComponents(...variables, ...floats);
    const toLabels = task.labels && gradientToLabels(task, forLabels, names.length)(task.labels);
    tf.dispose(forLabels);
    const values = tf.unstack(toLabels ? stacked.add(toLabels) : stacked) as tf.Scalar[];
    return Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Scalar]));
  });
}

/**
 * A zero for every component, whose gradient with respect to the labels is the components'. It is separate from the
 * other gradients so that it is computed only if the labels' gradient is needed: a base loss may compare labels by
 * operations without a gradient.
 */
function gradientToLabels(
  task: CachedForward,
  embeddings: tf.Tensor2D[],
  count: number,
): (labels: tf.Tensor) => tf.Tensor {
  return withGradient(
    (labels: tf.Tensor) => ({
      value: tf.zeros([count]),
      saved: Object.fromEntries([['labels', labels], ...embeddings.entries()]) as Record<string, tf.Tensor>,
    }),
    (dy, { labels, ...columns }) =>
      apartFromTape(() => {
        const given = labels as tf.Tensor;
        const computed = (): tf.Tensor =>
          tf.stack(Object.values(task.components(Object.values(columns) as tf.Tensor2D[], given)));
        const { value, grads } = tf.engine().gradients(computed, [given], dy, true);
        value.dispose();
        return (grads as (tf.Tensor | null | undefined)[])[0] ?? tf.zerosLike(given);
      }),
  );
}

const doNothing = (): void => undefined;

function columnsOf(task: CachedForward, draws: readonly ColumnDraws[]): Column[] {
  const { loss, size, onMiniBatch } = task;
  return task.features.map((features, index) => ({
    loss,
    features,
    size,
    draws: draws[index] as ColumnDraws,
    onMiniBatch,
  }));
}

function embed({ loss, model }: CachedForward, features: Features, column: number): tf.Tensor2D {
  return tf.tidy(() => sentenceEmbedding(loss, model.forward(features), column));
}

function embeddingGradients(task: CachedForward, embeddings: tf.Tensor2D[], dy: tf.Tensor): tf.Tensor[] {
  const computed = (): tf.Tensor => tf.stack(Object.values(task.components(embeddings, task.labels)));
  const { value, grads } = tf.engine().gradients(computed, embeddings, dy, true);
  value.dispose();
  const unused = grads.flatMap((gradient, column) => (gradient ? [] : [column]));
  if (unused.length > 0) {
    throw new InputError(
      `${task.loss}: the base loss and the regularizers do not use column ${unused.join(', ')}; ` +
        `leave it out of the data, since every column costs two forwards`,
    );
  }
  return grads;
}

/** The gradient of every input, summed over all mini-batches. */
function replay(
  columns: readonly Column[],
  task: CachedForward,
  inputs: readonly tf.Tensor[],
  cached: readonly tf.Tensor[],
): tf.Tensor[] {
  const totals = new Map<tf.Tensor, tf.Tensor>();
  const add = (input: tf.Tensor | undefined, part: tf.Tensor): void => {
    if (input) totals.set(input, addAndDispose(totals.get(input), part));
  };
  // Later forwards must not repeat the draws that are replayed here.
  const resume = task.model.captureRandomState?.() ?? doNothing;
  columns.forEach((column, index) => {
    const own = Object.entries(column.features).filter((feature): feature is [string, tf.Tensor] =>
      inputs.includes(feature[1] as tf.Tensor),
    );
    const isCut = ([, tensor]: [string, tf.Tensor]): boolean => tensor.rank > 0;
    const cut = own.filter(isCut);
    const whole = [
      ...inputs.filter((input) => input instanceof tf.Variable),
      ...own.filter((each) => !isCut(each)).map(([, tensor]) => tensor),
    ];
    let reached: tf.Tensor[] = [];
    const { rows, sums } = overMiniBatches(column, [cached[index] as tf.Tensor], (features, [share]) => {
      const parts = cut.map(([name]) => features[name] as tf.Tensor);
      const embedded = (): tf.Tensor2D => embed(task, features, index);
      const { value, grads } = tf.engine().gradients(embedded, [...parts, ...whole], share, true);
      value.dispose();
      const found = grads as (tf.Tensor | null | undefined)[];
      const toWhole = found.slice(parts.length);
      reached = whole.filter((_, at) => toWhole[at]);
      return {
        rows: parts.map((part, at) => found[at] ?? tf.zerosLike(part)),
        sums: toWhole.filter((gradient) => gradient !== null && gradient !== undefined),
      };
    });
    rows.forEach((gradient, at) => {
      const tensor = cut[at]?.[1];
      add(tensor, withLength(gradient, tensor?.shape[1] ?? 0));
    });
    sums.forEach((gradient, at) => add(reached[at], gradient));
    cached[index]?.dispose();
  });
  resume();
  return inputs.map((input) => totals.get(input) ?? tf.zerosLike(input));
}

function addAndDispose(total: tf.Tensor | undefined, part: tf.Tensor): tf.Tensor {
  if (total === undefined) return part;
  const sum = total.add(part);
  tf.dispose([total, part]);
  return sum;
}

/**
 * Runs gradients inside a gradient. tfjs drops its tape when any computation of gradients ends, including an inner one,
 * but the outer one still has to free what its tape has saved.
 */
function apartFromTape<T>(run: () => T): T {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return run();
  } finally {
    state.activeTape = activeTape;
  }
}

function modelVariables(model: EmbeddingModel): tf.Variable[] {
  const variables = model.trainableVariables?.() ?? Object.values(tf.engine().registeredVariables);
  return variables.filter((variable) => variable.trainable);
}

function featureTensors(features: readonly Features[]): tf.Tensor[] {
  const values = features.flatMap((column) => Object.values(column));
  return [...new Set(values.filter((value): value is tf.Tensor => value instanceof tf.Tensor))];
}

/** The same features with copies of the tensors. */
function withTensors(features: Features, copies: ReadonlyMap<tf.Tensor, tf.Tensor>): Features {
  const copied = Object.entries(features).map(([name, value]) => [
    name,
    value instanceof tf.Tensor ? copies.get(value) : value,
  ]);
  return Object.fromEntries(copied) as Features;
}

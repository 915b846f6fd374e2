import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import type { EmbeddingModel, Features } from '../features.js';
import { sentenceEmbedding } from './inputs.js';
import { withGradient } from '../ops/with-gradient.js';
import { miniBatch, type Range } from './mini-batches.js';

export interface CachedForward {
  readonly loss: string;
  readonly model: EmbeddingModel;
  /** One entry per column. */
  readonly features: readonly Features[];
  /** The mini-batches of each column. */
  readonly ranges: readonly (readonly Range[])[];
  readonly labels: tf.Tensor | undefined;
  /** The loss's components from the columns' embeddings. */
  readonly components: (
    embeddings: tf.Tensor2D[],
    labels: tf.Tensor | undefined,
  ) => Record<string, tf.Scalar>;
  readonly onMiniBatch: () => void;
}

/**
 * The components of a loss, computed without ever holding the activations of more than one mini-batch.
 *
 * Forward: every mini-batch is embedded and its activations are dropped; the loss sees all embeddings together.
 * Backward: the gradient of the loss with respect to the embeddings is found first, then every mini-batch is embedded
 * again and its share of that gradient is carried on into the model's variables (and into float features). Labels get
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
    const restore: (() => void)[][] = task.ranges.map(() => []);
    const embeddings = task.features.map((features, column) => {
      const parts = rangesOf(task, column).map((range) => {
        restore[column]?.push(task.model.captureRandomState?.() ?? doNothing);
        return embed(task, features, range, column);
      });
      const whole = tf.concat2d(parts, 0);
      tf.dispose(parts);
      return whole;
    });
    if (task.labels !== undefined) forLabels.push(...embeddings.map((each) => tf.keep(each.clone())));
    const components = task.components(embeddings, task.labels);
    names.push(...Object.keys(components));
    const labels = task.labels === undefined ? [] : [task.labels];
    // The replay needs what the caller may have made for this forward only.
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
        return apartFromTape(() => replay(kept, inputs, restore, embeddingGradients(kept, columns, dy)));
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
 * One 0 for every component, whose gradient to the labels is that of the components. It stands apart from the other
 * gradients since it is computed only if the labels' is asked for: a base loss may compare labels by operations that
 * have none.
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

function rangesOf(task: CachedForward, column: number): readonly Range[] {
  return task.ranges[column] ?? [];
}

function embed(task: CachedForward, features: Features, range: Range, column: number): tf.Tensor2D {
  task.onMiniBatch();
  return tf.tidy(() => sentenceEmbedding(task.loss, task.model.forward(miniBatch(features, range)), column));
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
  task: CachedForward,
  inputs: tf.Tensor[],
  restore: (() => void)[][],
  cached: tf.Tensor[],
): tf.Tensor[] {
  const totals: (tf.Tensor | undefined)[] = inputs.map(() => undefined);
  // Later forwards must not repeat the draws of the one that is replayed here.
  const resume = task.model.captureRandomState?.() ?? doNothing;
  task.features.forEach((features, column) => {
    const gradient = cached[column] as tf.Tensor2D;
    rangesOf(task, column).forEach((range, index) => {
      restore[column]?.[index]?.();
      const share = gradient.slice([range.begin, 0], [range.end - range.begin, gradient.shape[1]]);
      const { value, grads } = tf
        .engine()
        .gradients(() => embed(task, features, range, column), inputs, share, true);
      tf.dispose([value, share]);
      (grads as (tf.Tensor | null | undefined)[]).forEach((part, i) => {
        if (part) totals[i] = addAndDispose(totals[i], part);
      });
    });
    gradient.dispose();
  });
  resume();
  return inputs.map((input, i) => totals[i] ?? tf.zerosLike(input));
}

function addAndDispose(total: tf.Tensor | undefined, part: tf.Tensor): tf.Tensor {
  if (total === undefined) return part;
  const sum = total.add(part);
  tf.dispose([total, part]);
  return sum;
}

/**
 * Runs gradients inside a gradient. tfjs drops its tape when a computation of gradients ends, also an inner one, and
 * the outer one still has to free what its own tape has saved.
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

/** The same features with a copy in place of each tensor. */
function withTensors(features: Features, copies: ReadonlyMap<tf.Tensor, tf.Tensor>): Features {
  const copied = Object.entries(features).map(([name, value]) => [
    name,
    value instanceof tf.Tensor ? copies.get(value) : value,
  ]);
  return Object.fromEntries(copied) as Features;
}

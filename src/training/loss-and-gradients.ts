import type * as tfjs from '@tensorflow/tfjs';
import { type ArgumentRule, checkArguments, isObject, listOf, objectWith } from '../arguments.js';
import { elementsOf } from '../engine/arrays.js';
import { compile, type CompiledFunction } from '../engine/compile/compile.js';
import { type Lowering, withLowering } from '../engine/lowering.js';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { codesInEachRun } from '../engine/term-codes.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { type Loss, lossComponents } from '../losses/loss.js';
import { observingEmbeddings } from '../observed-embeddings.js';
import { tf } from '../tf.js';
import { type Activity, activityOf, activityTensor } from './activity.js';

/** The input of a loss, such as a batch from `collate`. */
export interface LossInput {
  /** One for each column. */
  readonly features: readonly Features[];
  readonly labels?: tfjs.Tensor | undefined;
  /** A number for each column; columns with the same number always have the same length. Default: all different. */
  readonly lengthGroups?: readonly number[];
}

export interface LossNumbers {
  /** The sum of the components. */
  readonly loss: number;
  readonly components: Readonly<Record<string, number>>;
  /** The sparsity of the embeddings, if it was measured. */
  readonly activity?: Activity;
}

export interface LossAndGradients extends LossNumbers {
  /** In the order of the variables; the caller disposes them. */
  readonly gradients: tfjs.Tensor[];
}

type Program = CompiledFunction<[readonly Features[], tfjs.Tensor | null], tfjs.Tensor[]>;

/** The form of a batch, without its sizes. */
interface Form {
  readonly columns: readonly Features[];
  readonly labels: tfjs.Tensor | undefined;
  /** For each column, the number of its length group. */
  readonly lengths: readonly number[];
}

interface Recorded {
  readonly program: Program;
  /** The names of the components, as the loss returned them when it was recorded. */
  readonly names: () => readonly string[];
}

const LOSS = objectWith(['forward'], 'a loss, an object with a method forward(features, labels)');
const VARIABLES = listOf('a list of variables', isTensor);
const BATCH: ArgumentRule = {
  expects: 'a batch, an object { features, labels } with a list of features',
  accepts: (value) => {
    const { features } = Object(value) as { readonly features?: unknown };
    return Array.isArray(features) && features.length > 0 && features.every(isObject);
  },
};

/**
 * Computes the value of a loss and its gradients with compiled programs. A program serves every batch size and every length
 * of texts. One is compiled for each form of batches, which is their columns and the rank of their labels.
 */
export class CompiledLoss {
  readonly #loss: Pick<Loss, 'forward'>;
  readonly #variables: tfjs.Variable[];
  readonly #hasFixedBatch: boolean;
  readonly #isObserved: boolean;
  readonly #recorded = new Map<string, Recorded>();

  /**
   * @param variables the variables to compute gradients for. If the loss does not depend on one, its gradient is zeros
   * @param options `fixedBatch`: whether the loss computes differently for each number of rows, so that each needs its own
   *   program. `observed`: whether to measure the sparsity of the embeddings in each training step
   */
  constructor(
    loss: Pick<Loss, 'forward'>,
    variables: readonly tfjs.Variable[],
    {
      fixedBatch = false,
      observed = false,
    }: { readonly fixedBatch?: boolean; readonly observed?: boolean } = {},
  ) {
    checkArguments('CompiledLoss', { loss: LOSS, variables: VARIABLES }, { loss, variables });
    this.#loss = loss;
    this.#variables = [...variables];
    this.#hasFixedBatch = fixedBatch;
    this.#isObserved = observed;
  }

  async gradients(batch: LossInput): Promise<LossAndGradients> {
    const { numbers, rest } = await this.#run(batch, true);
    return { ...numbers, gradients: rest };
  }

  /** The value alone. */
  async value(batch: LossInput): Promise<LossNumbers> {
    return (await this.#run(batch, false)).numbers;
  }

  async dispose(): Promise<void> {
    const all = [...this.#recorded.values()];
    this.#recorded.clear();
    await Promise.all(all.map(({ program }) => program.dispose()));
  }

  async #run(batch: LossInput, isTraining: boolean): Promise<{ numbers: LossNumbers; rest: tfjs.Tensor[] }> {
    checkArguments('CompiledLoss', { batch: BATCH }, { batch });
    const { features, labels } = batch;
    const lengths = batch.lengthGroups ?? features.map((_, column) => column);
    const columns = features.map(tensorsFirst);
    const rows = this.#hasFixedBatch ? columns[0]?.inputIds?.shape[0] : undefined;
    const key = JSON.stringify([isTraining, rows ?? null, lengths, formOf(columns, labels)]);
    const recorded = this.#recorded.get(key) ?? this.#record({ columns, labels, lengths }, isTraining);
    this.#recorded.set(key, recorded);
    const [values, ...rest] = (await recorded.program(columns, labels ?? null)) as [
      tfjs.Tensor,
      ...tfjs.Tensor[],
    ];
    const numbers = [...elementsOf(values)];
    values.dispose();
    const measured = isTraining && this.#isObserved ? rest.shift() : undefined;
    const activity = measured === undefined ? undefined : activityOf([...elementsOf(measured)]);
    measured?.dispose();
    const components = Object.fromEntries(
      recorded.names().map((name, index) => [name, numbers[index] ?? Number.NaN]),
    );
    const loss = numbers.reduce((sum, each) => sum + each, 0);
    return { numbers: { loss, components, ...(activity !== undefined && { activity }) }, rest };
  }

  #record(form: Form, isTraining: boolean): Recorded {
    let names: readonly string[] = [];
    const components = (features: readonly Features[], given: tfjs.Tensor | null): tfjs.Scalar[] => {
      const value = lossComponents(this.#loss.forward(features, given ?? undefined));
      names = Object.keys(value);
      return Object.values(value);
    };
    const variables = this.#variables;
    const compute = (features: readonly Features[], given: tfjs.Tensor | null): tfjs.Tensor[] => {
      if (!isTraining) return [tf.stack(components(features, given))];
      const kept: tfjs.Tensor[] = [];
      const { grads } = tf.variableGrads(() => {
        const counts: tfjs.Tensor1D[] = [];
        const scalars = this.#isObserved
          ? observingEmbeddings(
              (each) => counts.push(tf.keep(each)),
              () => components(features, given),
            )
          : components(features, given);
        // Kept beyond the scope that computes the gradients.
        kept.push(tf.keep(tf.stack(scalars)));
        if (this.#isObserved) kept.push(tf.keep(activityTensor(counts)));
        tf.dispose(counts);
        return tf.addN(scalars);
      }, variables);
      const results = kept.map((each) => each.clone());
      tf.dispose(kept);
      return [...results, ...variables.map((each) => grads[each.name] ?? tf.zerosLike(each))];
    };
    const program: Program = compile(
      (features, given) => withLowering({ quantized: quantizedNow() }, () => compute(features, given)),
      {
        name: isTraining ? 'training step' : 'loss',
        // Programs may use all variables: a model also assigns variables that are not trained, such as counters of dead latents.
        dimensions: dimensionsOf(form, this.#hasFixedBatch ? null : 'batch'),
      },
    );
    return { program, names: () => names };
  }
}

/** The variables change from step to step. */
const quantizedNow = (): Lowering['quantized'] =>
  sharedRuntime().isOnProcessor ? codesInEachRun : undefined;

/** Only the tensors and numbers that a module reads, always in the same order. */
function tensorsFirst(features: Features): Features {
  return Object.fromEntries(Object.entries(features).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const tensorsOf = (features: Features): [string, tfjs.Tensor][] =>
  Object.entries(features).filter((entry): entry is [string, tfjs.Tensor] => isTensor(entry[1]));

/** The key of a compiled program. */
function formOf(columns: readonly Features[], labels: tfjs.Tensor | undefined): unknown {
  return [
    columns.map((features) => tensorsOf(features).map(([name, { rank }]) => [name, rank])),
    labels?.shape.slice(1) ?? null,
  ];
}

/** All tensors share one batch size, and each group of columns has its own text length. */
function dimensionsOf(
  { columns, labels, lengths }: Form,
  batch: string | null,
): (readonly (string | null)[])[] {
  const rowOf = (tensor: tfjs.Tensor, second: string | null): (string | null)[] =>
    tensor.shape.map((_, axis) => [batch, second][axis] ?? null);
  return [
    ...columns.flatMap((features, column) =>
      tensorsOf(features).map(([name, tensor]) =>
        name === 'packedTokens' ? [`tokens ${column}`] : rowOf(tensor, `length ${lengths[column] ?? column}`),
      ),
    ),
    ...(labels === undefined ? [] : [rowOf(labels, null)]),
  ];
}

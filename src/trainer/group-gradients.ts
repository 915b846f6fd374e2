import type * as tf from '@tensorflow/tfjs';
import { collateBatch, type CollatedBatch } from '../datasets/collate.js';
import type { TrainingBatch } from '../datasets/training-batch.js';
import { areOwn } from '../encoder/module-tree.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { elementsOf, tensorOver } from '../engine/arrays.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { CompiledLoss, type LossAndGradients } from '../training/loss-and-gradients.js';
import { accumulatedSplade, joinBatches } from './accumulate.js';
import { type GroupNumbers, numbersOf, type PartNumbers } from './group-numbers.js';
import { lossFor, type TrainableLoss, type TrainerLoss } from './losses.js';

/** Batches that the loss sees as one, ready for it. */
interface Part {
  readonly loss: TrainableLoss;
  readonly dataset: string | undefined;
  readonly compiled: CompiledLoss;
  readonly batch: CollatedBatch;
  /** Its weight in the step. */
  readonly weight: number;
}

/** The tokenized batches of one optimizer step. */
export interface Group {
  readonly rows: number;
  readonly tokens: number;
  readonly batches: readonly TrainingBatch[];
  readonly parts: readonly Part[];
}

interface Accumulated {
  readonly compiled: CompiledLoss;
  readonly follow: () => void;
}

/**
 * The gradients of the batches of one step. They are the mean over the batches, as in gradient accumulation, with one
 * exception: the regularizers of a SpladeLoss see the rows of all batches of a data set together.
 */
export class GroupGradients {
  readonly #model: SparseEncoder;
  readonly #loss: TrainerLoss;
  readonly #variables: readonly tf.Variable[];
  readonly #canPack: boolean;
  readonly #single = new Map<TrainableLoss, CompiledLoss>();
  readonly #accumulated = new Map<TrainableLoss, Map<number, Accumulated>>();

  constructor(model: SparseEncoder, loss: TrainerLoss, variables: readonly tf.Variable[]) {
    this.#model = model;
    this.#loss = loss;
    this.#variables = variables;
    // A user's module may expect hidden states at padding positions.
    this.#canPack = areOwn(model.modules);
  }

  /** Groups the batches into steps of `count` batches. The last step has what is left. */
  async *groups(batches: AsyncIterable<TrainingBatch>, count: number): AsyncGenerator<Group> {
    let group: TrainingBatch[] = [];
    for await (const batch of batches) {
      group.push(batch);
      if (group.length < count) continue;
      yield await this.prepare(group);
      group = [];
    }
    if (group.length > 0) yield await this.prepare(group);
  }

  /** Tokenizes the batches of a step; `dispose` frees the tensors. */
  async prepare(batches: readonly TrainingBatch[]): Promise<Group> {
    const parts: Part[] = [];
    try {
      for (const own of byDataset(batches)) {
        const loss = lossFor(this.#loss, own[0]?.dataset);
        for (const { labels } of own) {
          if (labels !== undefined) loss.checkLabelValues?.(labels.values, labels.shape);
        }
        const joined = own.length > 1 && loss instanceof SpladeLoss ? [joinBatches(own)] : own;
        for (const batch of joined) {
          const isAccumulated = batch !== own[0] && loss instanceof SpladeLoss;
          const compiled = isAccumulated
            ? this.#accumulatedOf(loss, own[0]?.size ?? 1).compiled
            : this.compiled(loss);
          const weight = own.length / joined.length / batches.length;
          const collated = await this.collate(batch, loss, { isAccumulated });
          parts.push({ loss, dataset: batch.dataset, compiled, weight, batch: collated });
        }
      }
    } catch (error) {
      parts.forEach(({ batch }) => batch.dispose());
      throw error;
    }
    const rows = batches.reduce((sum, { size }) => sum + size, 0);
    const tokens = parts.reduce(
      (sum, { batch }) => sum + batch.features.reduce((all, { inputIds }) => all + (inputIds?.size ?? 0), 0),
      0,
    );
    return { rows, tokens, batches, parts };
  }

  /** Computes the gradients of a group; the caller disposes them. */
  async of({ parts }: Group): Promise<GroupNumbers & Pick<LossAndGradients, 'gradients'>> {
    for (const sizes of this.#accumulated.values()) sizes.forEach(({ follow }) => follow());
    const [only] = parts;
    if (only !== undefined && parts.length === 1) {
      const { gradients, ...numbers } = await only.compiled.gradients(only.batch);
      return { ...numbersOf(this.#loss, [{ ...only, numbers }]), gradients };
    }
    const sums = this.#variables.map(({ size }) => new Float32Array(size));
    const done: PartNumbers[] = [];
    for (const part of parts) {
      const { gradients, ...numbers } = await part.compiled.gradients(part.batch);
      done.push({ ...part, numbers });
      gradients.forEach((gradient, index) => {
        addTo(sums[index] as Float32Array, elementsOf(gradient) as Float32Array, part.weight);
        gradient.dispose();
      });
    }
    const gradients = sums.map((sum, index) => tensorOver(sum, this.#variables[index]?.shape ?? []));
    return { ...numbersOf(this.#loss, done), gradients };
  }

  /** Tokenizes a batch, without padding if nothing cuts its features into parts of whole texts. */
  async collate(
    batch: TrainingBatch,
    loss: TrainableLoss,
    { isAccumulated = false }: { readonly isAccumulated?: boolean } = {},
  ): Promise<CollatedBatch> {
    const isCut = isAccumulated || loss instanceof CachedSpladeLoss;
    return await collateBatch(this.#model, batch, { packed: this.#canPack && !isCut });
  }

  /** The compiled loss alone, for evaluation. */
  compiled(loss: TrainableLoss): CompiledLoss {
    const known = this.#single.get(loss) ?? new CompiledLoss(loss, this.#variables, { observed: true });
    this.#single.set(loss, known);
    return known;
  }

  async dispose(): Promise<void> {
    const accumulated = [...this.#accumulated.values()].flatMap((sizes) => [...sizes.values()]);
    const all = [...this.#single.values(), ...accumulated.map(({ compiled }) => compiled)];
    this.#single.clear();
    this.#accumulated.clear();
    await Promise.all(all.map((each) => each.dispose()));
  }

  #accumulatedOf(loss: SpladeLoss, rows: number): Accumulated {
    const sizes = this.#accumulated.get(loss) ?? new Map<number, Accumulated>();
    this.#accumulated.set(loss, sizes);
    const known = sizes.get(rows);
    if (known !== undefined) return known;
    const { loss: accumulated, follow } = accumulatedSplade(loss, rows);
    const compiled = new CompiledLoss(accumulated, this.#variables, { fixedBatch: true, observed: true });
    const made = { compiled, follow };
    sizes.set(rows, made);
    return made;
  }
}

export function disposeGroup({ parts }: Pick<Group, 'parts'>): void {
  for (const { batch } of parts) batch.dispose();
}

/** Groups the batches by data set, in the order in which the data sets first appear. */
function byDataset(batches: readonly TrainingBatch[]): TrainingBatch[][] {
  const groups = new Map<string | undefined, TrainingBatch[]>();
  for (const batch of batches) groups.set(batch.dataset, [...(groups.get(batch.dataset) ?? []), batch]);
  return [...groups.values()];
}

function addTo(sum: Float32Array, values: Float32Array, weight: number): void {
  for (let index = 0; index < sum.length; index++) {
    sum[index] = (sum[index] as number) + weight * (values[index] as number);
  }
}

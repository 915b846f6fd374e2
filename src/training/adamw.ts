import { type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { OptionError } from '../errors.js';
import { resolveOptions } from '../options.js';
import { type AdamWKernel, createKernel, LANES, MAX_BYTES, type StepScalars } from './adamw-kernel.js';
import { ADAMW_RULES, type AdamWOptions, type Group, groupRules } from './optimizer-options.js';
import { ARRAYS, checkGradients, checkState, clippingScale, isArray, type Optimizer } from './optimizer.js';

/** Parameters with their own options. Options that are left out are the optimizer's. */
export interface ParameterGroup {
  readonly parameters: readonly Float32Array[];
  readonly learningRate?: number;
  readonly weightDecay?: number;
}

/** The state that another optimizer needs to continue, in addition to parameters, gradients and options. */
export interface AdamWState {
  readonly steps: number;
  /** The running means of each parameter's gradient and of its square, in the order of the parameters. */
  readonly moments: readonly { readonly first: Float32Array; readonly second: Float32Array }[];
}

/** Where a parameter and its moments lie, in elements. */
interface Slot {
  readonly group: Group;
  readonly length: number;
  readonly parameter: number;
  readonly first: number;
  readonly second: number;
}

const PARAMETERS: ArgumentRule = listOf(
  'a list of Float32Arrays, or of groups { parameters, learningRate, weightDecay }',
  (value) => isArray(value) || (isObject(value) && 'parameters' in value && ARRAYS.accepts(value.parameters)),
);

const GROUP_RULES = groupRules(0.01);
const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Gradients pass through the optimizer's memory in blocks that fit into the processor's cache. */
const BLOCK = 16_384;

/**
 * Adam with decoupled weight decay, in place, with PyTorch's formulas in float32:
 *
 *     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *     p = (1 - lr weightDecay) p - lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 *
 * where g is the gradient times min(1, maxGradientNorm / (norm + 1e-6)).
 *
 * Parameters and moments live in one block of memory, allocated once. `parameters` are views of it, in the order of the given
 * arrays, and hold the new values after each step. An engine can read them directly.
 *
 * @see Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019), https://arxiv.org/abs/1711.05101
 */
export class AdamW implements Optimizer {
  /** The current values. These are not the arrays that the constructor was given. */
  readonly parameters: readonly Float32Array[];
  /** One for each group, in order. */
  readonly groups: readonly Group[];
  maxGradientNorm: number | null;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  #steps = 0;
  readonly #slots: readonly Slot[];
  readonly #block: Float32Array;
  readonly #kernel: AdamWKernel;

  /**
   * @throws InputError if the parameters are neither arrays nor groups
   * @throws OptionError if an option is unknown or out of range, or if the parameters and their moments need more than 4 GiB
   */
  constructor(parameters: readonly Float32Array[] | readonly ParameterGroup[], options: AdamWOptions = {}) {
    checkArguments('AdamW', { parameters: PARAMETERS }, { parameters });
    const { learningRate, betas, epsilon, weightDecay, maxGradientNorm } = resolveOptions(
      'AdamW',
      ADAMW_RULES,
      options,
    );
    this.betas = betas;
    this.epsilon = epsilon;
    this.maxGradientNorm = maxGradientNorm;
    const groups = groupsOf(parameters).map(({ parameters: arrays, ...own }) => ({
      parameters: arrays,
      ...resolveOptions('AdamW', GROUP_RULES, { learningRate, weightDecay, ...own }),
    }));
    this.groups = groups.map((group) => ({
      learningRate: group.learningRate,
      weightDecay: group.weightDecay,
    }));

    const initial = groups.flatMap((group, g) =>
      group.parameters.map((values) => ({ values, group: this.groups[g] as Group })),
    );
    // Three sections: parameters, first and second moments. Each parameter begins at a whole vector.
    const section = initial.reduce((sum, { values }) => sum + padded(values.length), 0);
    this.#kernel = createKernel(requireRoom((3 * section + BLOCK) * BYTES));
    const { memory } = this.#kernel;
    let offset = 0;
    this.#slots = initial.map(({ values, group }) => {
      const slot = { parameter: offset, first: section + offset, second: 2 * section + offset };
      offset += padded(values.length);
      return { ...slot, group, length: values.length };
    });
    this.parameters = this.#slots.map(({ parameter, length }) => this.#view(parameter, length));
    this.parameters.forEach((view, index) => view.set(initial[index]?.values ?? []));
    this.#block = new Float32Array(memory, 3 * section * BYTES, BLOCK);
  }

  /** The number of steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Updates all parameters.
   *
   * @param gradients one for each of `parameters`; they are only read
   * @returns the norm of all gradients together, before clipping; undefined if there is no limit
   * @throws InputError if the gradients do not fit the parameters; nothing is changed then
   */
  step(gradients: readonly Float32Array[]): number | undefined {
    checkGradients('AdamW.step', gradients, this.parameters);
    this.#steps += 1;
    const norm = this.maxGradientNorm === null ? undefined : this.#norm(gradients);
    const gradientScale = clippingScale(norm, this.maxGradientNorm);
    this.#slots.forEach((slot, index) => {
      const scalars = this.#scalars(slot.group, gradientScale);
      this.#overBlocks(gradients[index] as Float32Array, (block, begin, count) => {
        const at = (section: number): number => (section + begin) * BYTES;
        this.#kernel.step(at(slot.parameter), at(slot.first), at(slot.second), block, count, scalars);
      });
    });
    return norm;
  }

  /** A copy of the number of steps and of the moments. */
  state(): AdamWState {
    const moments = this.#slots.map((slot) => ({
      first: this.#view(slot.first, slot.length).slice(),
      second: this.#view(slot.second, slot.length).slice(),
    }));
    return { steps: this.#steps, moments };
  }

  /**
   * Adopts the number of steps and the moments of another optimizer of the same parameters.
   *
   * @throws InputError if the state does not fit; nothing is changed then
   */
  load(state: AdamWState): void {
    checkState(
      'AdamW.load',
      state,
      this.#slots.map(({ length }) => ({ first: length, second: length })),
    );
    const { steps, moments } = state;
    this.#steps = steps;
    this.#slots.forEach(({ first, second, length }, index) => {
      const given = moments[index] as AdamWState['moments'][number];
      this.#view(first, length).set(given.first);
      this.#view(second, length).set(given.second);
    });
  }

  /** A view of part of the optimizer's memory; `begin` and `length` are in elements. */
  #view(begin: number, length: number): Float32Array {
    return new Float32Array(this.#kernel.memory, begin * BYTES, length);
  }

  #scalars({ learningRate, weightDecay }: Group, gradientScale: number): StepScalars {
    const [beta1, beta2] = this.betas;
    return {
      gradientScale,
      decay: 1 - learningRate * weightDecay,
      firstWeight: 1 - beta1,
      beta2,
      secondWeight: 1 - beta2,
      secondCorrection: Math.sqrt(1 - beta2 ** this.#steps),
      epsilon: this.epsilon,
      stepSize: learningRate / (1 - beta1 ** this.#steps),
    };
  }

  #norm(gradients: readonly Float32Array[]): number {
    let sum = 0;
    for (const gradient of gradients) {
      this.#overBlocks(gradient, (block, _, count) => (sum += this.#kernel.sumOfSquares(block, count)));
    }
    return Math.sqrt(sum);
  }

  /** Copies the gradient into the optimizer's memory block by block. Zeros fill up the last vector. */
  #overBlocks(gradient: Float32Array, use: (address: number, begin: number, count: number) => void): void {
    for (let begin = 0; begin < gradient.length; begin += BLOCK) {
      const elements = Math.min(BLOCK, gradient.length - begin);
      const count = padded(elements);
      this.#block.fill(0, elements, count);
      this.#block.set(gradient.subarray(begin, begin + elements));
      use(this.#block.byteOffset, begin, count);
    }
  }
}

function groupsOf(parameters: readonly Float32Array[] | readonly ParameterGroup[]): ParameterGroup[] {
  const isGroup = (each: Float32Array | ParameterGroup): each is ParameterGroup => 'parameters' in each;
  const groups = parameters.filter(isGroup);
  const plain = parameters.filter((each): each is Float32Array => !isGroup(each));
  return plain.length > 0 ? [{ parameters: plain }, ...groups] : groups;
}

const padded = (length: number): number => Math.ceil(length / LANES) * LANES;

function requireRoom(bytes: number): number {
  if (bytes <= MAX_BYTES) return bytes;
  const most = Math.floor(MAX_BYTES / (3 * BYTES) / 1e6);
  throw new OptionError(
    `AdamW: parameters and moments take ${Math.ceil(bytes / 2 ** 20)} MiB; ` +
      `one optimizer holds 4095 MiB, which is ${most} million parameters`,
  );
}

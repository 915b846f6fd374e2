import type { Random } from '../../src/random.js';

/** The input of a try. */
export interface Given {
  /** The number of the try within its attack, from 0. */
  readonly index: number;
  /** The same numbers for the same seed, attack and try. */
  readonly random: Random;
  /** An empty folder, which is removed after the try. */
  readonly folder: string;
}

/** One row of the table of attacks. */
export interface Attack {
  /** Unique in its area; at most `LONGEST_NAME` characters. */
  readonly name: string;
  /** What it tries. */
  readonly what: string;
  /** The required outcome of every try. */
  readonly expects: string;
  /** What the machine must have for it. Default: nothing. */
  readonly needs?: { readonly isThere: boolean; readonly what: string };
  /** The number of tries; 0 leaves it out of the quick run. */
  readonly tries: { readonly quick: number; readonly full: number };
  /** Seconds that all of its tries may take together. Default 60. */
  readonly seconds?: number;
  /** Size of the largest file that a try gives to the package. Default 0. The memory limit grows with it. */
  readonly bytes?: number;
  /** One try, in a process that does nothing else. An error is a finding. */
  readonly attempt: (given: Given) => void | Promise<void>;
}

/** Short enough for a table of 80 columns. */
export const LONGEST_NAME = 36;

export const DEFAULT_SECONDS = 60;

/** Beyond the idle process. */
export const memoryLimit = ({ bytes = 0 }: Pick<Attack, 'bytes'>): number => 4 * bytes + 300_000_000;

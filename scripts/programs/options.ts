import { Option } from 'commander';
import { countWithin } from '../../src/options.js';
import { ensureReferenceEnvironment } from '../../src/python/environment.js';
import { flag } from '../../src/shell/flag.js';
import { tell } from '../../src/shell/tell.js';

const LARGEST_SEED = 2 ** 31 - 1;

export function seedOption(what: string, fallback: number): Option {
  return flag('--seed <n>', `seed of ${what}`, countWithin(0, LARGEST_SEED, fallback));
}

/** How many of something random there are. */
export function countOption(flags: string, description: string, fallback: number): Option {
  return flag(flags, description, countWithin(1, LARGEST_SEED, fallback));
}

export interface PythonOptions {
  readonly python?: string;
}

export function pythonOption(): Option {
  return new Option(
    '--python <path>',
    'a Python with the reference (default: SPARSE_ENCODER_PYTHON, else the parity one)',
  );
}

/** The interpreter that an option names, or that of the environment of the parity suite. */
export function referencePython({ python }: PythonOptions): Promise<string> {
  return ensureReferenceEnvironment({ log: tell, ...(python !== undefined && { python }) });
}

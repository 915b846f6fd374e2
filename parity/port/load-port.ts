import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from '../../src/describe.js';
import { UsageError } from '../../src/index.js';
import { nearestName } from '../../src/options.js';
import { type Implementation, OURS } from '../implementation.js';
import { countCalls, type Replaced } from './count-calls.js';
import { importModule } from './import-module.js';

/** An implementation that is judged instead of ours. */
export interface Port {
  /** The path as given. */
  readonly path: string;
  readonly sha256: string;
  /** Ours, with the losses and functions of the port in their places. */
  readonly implementation: Implementation;
  readonly replaced: readonly Replaced[];
}

const EXPECTED = 'export default { losses: { NAME: class }, functions: { NAME: function } }';
const KINDS = ['losses', 'functions'] as const;

/**
 * Loads a port: a module whose default export has `losses` and `functions` that replace ours.
 *
 * @throws UsageError if the file is missing or broken, the export has another form or replaces nothing, a name is
 *   unknown to the suite, or a value is neither a class nor a function
 */
export async function loadPort(path: string): Promise<Port> {
  const { default: exported } = await importModule(path, `--implementation ${path}`);
  const given = partsOf(path, exported);
  const losses = checked(path, 'losses', given.losses, isConstructor, 'a class');
  const functions = checked(path, 'functions', given.functions, isFunction, 'a function');
  if (Object.keys(losses).length + Object.keys(functions).length === 0) {
    throw new UsageError(`--implementation ${path} replaces nothing; expected ${EXPECTED}`);
  }
  const { counted, replaced } = countCalls({ losses, functions } as Implementation);
  return {
    path,
    sha256: createHash('sha256')
      .update(readFileSync(resolve(path)))
      .digest('hex'),
    implementation: {
      losses: { ...OURS.losses, ...counted.losses },
      functions: { ...OURS.functions, ...counted.functions },
    },
    replaced,
  };
}

type Parts = Partial<Record<(typeof KINDS)[number], object>>;

function partsOf(path: string, exported: unknown): Parts {
  const wrong = (what: string): never => {
    throw new UsageError(`--implementation ${path}: ${what}; expected ${EXPECTED}`);
  };
  if (exported === undefined) return wrong('the module has no default export');
  if (!isObject(exported)) return wrong(`the default export is ${describe(exported)}`);
  for (const [key, value] of Object.entries(exported)) {
    if (!KINDS.some((kind) => kind === key)) {
      return wrong(`the default export has "${key}"${hint(key, KINDS)}`);
    }
    if (!isObject(value)) return wrong(`${key} is ${describe(value)}`);
  }
  return exported;
}

function checked(
  path: string,
  kind: (typeof KINDS)[number],
  given: object = {},
  accepts: (value: unknown) => boolean,
  expected: string,
): Record<string, unknown> {
  const known = Object.keys(OURS[kind]);
  const other = kind === 'losses' ? 'functions' : 'losses';
  for (const [name, value] of Object.entries(given)) {
    const place = `--implementation ${path}: ${kind} has "${name}"`;
    if (name in OURS[other]) throw new UsageError(`${place}, which belongs among the ${other}`);
    if (!known.includes(name)) {
      throw new UsageError(
        `${place}, which the suite does not know${hint(name, known)} (A loss of your own has no counterpart in ` +
          `sentence-transformers; the README says how to compare one with your own numbers.)`,
      );
    }
    if (!accepts(value)) throw new UsageError(`${place} as ${describe(value)}; expected ${expected}`);
  }
  return { ...given };
}

function hint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `; there are ${known.join(', ')}.` : `; did you mean "${nearest}"?`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** Whether `new` accepts it, without running it. */
function isConstructor(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  try {
    Reflect.construct(Object, [], value);
    return true;
  } catch {
    return false;
  }
}

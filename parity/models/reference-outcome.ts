import { camelCase } from '../../src/modules/reference-names.js';
import type { Reference } from '../../src/python/bridge.js';
import type { JsonValue, WireTensor } from '../../src/python/exchange.js';
import type { CaseColumn, CaseOutcome } from '../case.js';
import { combineLegs, type ReferenceLegs } from '../compare.js';
import { conditioningOf } from '../conditioning.js';
import { outcomesOf } from '../reference-legs.js';
import { toWire } from '../run-case.js';
import type { ModelCase } from './model-case.js';
import type { Subject } from './subject.js';

const FLOAT32 = ['float32', 'float32-reversed', 'float32-nudged'];
const TRUTH = 'float64';
const GRADIENT = 'gradient/0.';
const DEADLINE_MS = 300_000;

export interface ReferenceRequest {
  readonly folder: string;
  readonly cases: readonly ModelCase[];
  /** Whether a single float32 run has to suffice: gradients of a large model take hundreds of megabytes. */
  readonly large: boolean;
}

/** The outcomes of the cases by leg, with the reference's names (reference/models.py). */
export async function askReference(
  reference: Pick<Reference, 'call'>,
  { folder, cases, large }: ReferenceRequest,
): Promise<Map<string, CaseOutcome>[]> {
  const tensors: Record<string, WireTensor> = {};
  const described = cases.map(({ check, columns, batchSize, loss }, index) => {
    const { labels = null, ...rest } = loss ?? {};
    const name = `${index}/labels`;
    if (labels !== null) tensors[name] = labels;
    return { check, columns, batchSize, ...rest, labels: labels === null ? null : name };
  });
  const legs = [...FLOAT32.slice(0, large ? 1 : FLOAT32.length), TRUTH];
  const meta = { folder, legs, cases: described as unknown as JsonValue };
  return outcomesOf(await reference.call('models.run', { meta, tensors }, { deadlineMs: DEADLINE_MS }));
}

/** The legs that judge our outcome, with our names. */
export async function legsFor(
  subject: Subject,
  outcomes: ReadonlyMap<string, CaseOutcome>,
): Promise<ReferenceLegs> {
  const own = new Set(subject.parameters.map(({ name }) => `${GRADIENT}${name}`));
  const inOurNames = (outcome: CaseOutcome): CaseOutcome => ({
    ...outcome,
    tensors: new Map(
      [...outcome.tensors]
        .map(([name, tensor]) => [ourName(name, own), tensor] as const)
        .filter(([name, { data }]) => own.has(name) || !name.startsWith(GRADIENT) || !isZero(data)),
    ),
  });
  const leg = (name: string): CaseOutcome[] => {
    const found = outcomes.get(name);
    return found === undefined ? [] : [inOurNames(found)];
  };
  const [first, ...again] = FLOAT32.flatMap(leg);
  const [truth] = leg(TRUTH);
  if (first === undefined || truth === undefined) throw new Error('the reference left out a leg');
  requireAll(own, first);
  return combineLegs(
    [first, ...again],
    truth,
    conditioningOf({ columns: [await parametersOf(subject)], labels: null }, truth),
  );
}

/** The reference lists all names of a tied parameter: `gradient/0.a=b`. */
function ourName(name: string, own: ReadonlySet<string>): string {
  if (name.startsWith('feature/')) return camelCase(name);
  if (!name.startsWith(GRADIENT)) return name;
  const aliases = name
    .slice(GRADIENT.length)
    .split('=')
    .map((alias) => `${GRADIENT}${alias}`);
  return aliases.find((alias) => own.has(alias)) ?? name;
}

/** The reference has a pooler and a bias that nothing uses. They are ignored as long as they get no gradient. */
const isZero = (data: WireTensor['data']): boolean => data.every((x: number | bigint) => Number(x) === 0);

function requireAll(own: ReadonlySet<string>, { tensors }: CaseOutcome): void {
  if (!tensors.has('value')) return;
  const unknown = [...own].filter((name) => !tensors.has(name));
  if (unknown.length > 0) throw new Error(`the reference has no parameter for ${unknown.join(', ')}`);
}

/** Here the inputs of a loss are the parameters. */
async function parametersOf({ parameters }: Subject): Promise<CaseColumn> {
  const named = await Promise.all(
    parameters.map(async ({ name, variable }) => [name, await toWire(variable)] as const),
  );
  return Object.fromEntries(named);
}

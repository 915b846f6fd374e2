import { counted } from '../src/counted.js';
import type { Reference } from '../src/python/bridge.js';
import type { JsonValue, Message, WireTensor } from '../src/python/exchange.js';
import type { CaseOutcome, ParityCase } from './case.js';
import { combineLegs, type ReferenceLegs } from './compare.js';
import { conditioningOf } from './conditioning.js';

interface LegReply {
  readonly components?: readonly string[];
  readonly error?: { readonly type: string; readonly message: string };
}

const AGAIN = ['float32-reversed', 'float32-nudged'];

/** The reference's results for some cases, on every leg (reference/cases.py). */
export async function referenceLegs(
  reference: Pick<Reference, 'call'>,
  cases: readonly ParityCase[],
  deadlineMs = 120_000,
): Promise<ReferenceLegs[]> {
  const reply = await reference.call('cases.run', caseMessage(cases), { deadlineMs });
  return outcomesOf(reply).map((outcomes, index) => {
    const leg = (name: string): CaseOutcome =>
      outcomes.get(name) ?? { componentNames: [], tensors: new Map() };
    const truth = leg('float64');
    const one = cases[index];
    if (one === undefined) {
      throw new RangeError(`the reference gave more results than the ${counted(cases.length, 'case')}`);
    }
    return combineLegs([leg('float32'), ...AGAIN.map(leg)], truth, conditioningOf(one, truth));
  });
}

/** The outcomes of each case, by leg. */
export function outcomesOf({ meta, tensors }: Message): Map<string, CaseOutcome>[] {
  const byPrefix = groupTensors(tensors);
  const { results } = meta as unknown as { results: Record<string, LegReply>[] };
  return results.map(
    (legs, index) =>
      new Map(
        Object.entries(legs).map(([leg, reply]) => [leg, outcome(reply, byPrefix.get(`${index}/${leg}`))]),
      ),
  );
}

/** Cases as a message: the structure as JSON, every array as a separate tensor. */
export function caseMessage(cases: readonly ParityCase[], more: Record<string, JsonValue> = {}): Message {
  const tensors: Record<string, WireTensor> = {};
  const store = (name: string, tensor: WireTensor | null): string | null => {
    if (tensor === null) return null;
    tensors[name] = tensor;
    return name;
  };
  const described = cases.map((one, index) => ({
    loss: one.loss,
    wrapper: one.wrapper,
    format: one.format,
    lossOptions: { ...one.lossOptions },
    wrapperOptions: { ...one.wrapperOptions },
    columns: one.columns.map((column, number) =>
      Object.fromEntries(
        Object.entries(column).map(([key, tensor]) => [key, store(`${index}/${number}.${key}`, tensor)]),
      ),
    ),
    labels: store(`${index}/labels`, one.labels),
  }));
  return { meta: { cases: described as unknown as JsonValue, ...more }, tensors };
}

/** "3/float64/gradient/0.x" belongs to case 3, leg float64, under the name "gradient/0.x". */
function groupTensors(tensors: Record<string, WireTensor>): Map<string, Map<string, WireTensor>> {
  const groups = new Map<string, Map<string, WireTensor>>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const [index, leg, ...rest] = name.split('/');
    const prefix = `${index}/${leg}`;
    const group = groups.get(prefix) ?? new Map<string, WireTensor>();
    group.set(rest.join('/'), tensor);
    groups.set(prefix, group);
  }
  return groups;
}

function outcome(reply: LegReply, tensors: Map<string, WireTensor> | undefined): CaseOutcome {
  const { components = [], error } = reply;
  return {
    componentNames: components,
    tensors: tensors ?? new Map(),
    ...(error === undefined ? {} : { error }),
  };
}

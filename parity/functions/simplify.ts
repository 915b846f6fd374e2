import { type CaseInputs, mapLeaves, tensorsOf } from './values.js';

/** Only so many numbers of a large tensor are tried. */
const MOST_NUMBERS = 48;

type Change = (inputs: CaseInputs) => CaseInputs | undefined;

/**
 * Changes that make inputs plainer, one number at a time: to 0, to 1, to a whole number, to two digits. A change gives
 * undefined if the number is as plain already.
 *
 * @param allows whether a tensor may have this number
 */
export function* simplerInputs(
  inputs: CaseInputs,
  allows: (path: string, value: number) => boolean,
): Generator<Change> {
  for (const [path, { data, dtype }] of tensorsOf(inputs)) {
    if (dtype !== 'float32' && dtype !== 'float64') continue;
    for (let index = 0; index < Math.min(data.length, MOST_NUMBERS); index++) {
      for (const plainer of [() => 0, () => 1, Math.round, (x: number) => Number(x.toPrecision(2))]) {
        yield (present) => changed(present, path, index, plainer, allows);
      }
    }
  }
}

function changed(
  inputs: CaseInputs,
  path: string,
  index: number,
  plainer: (value: number) => number,
  allows: (path: string, value: number) => boolean,
): CaseInputs | undefined {
  const tensor = tensorsOf(inputs).get(path);
  const before = Number(tensor?.data[index]);
  const after = plainer(before);
  // What was made plain once stays as it is.
  if (Object.is(before, after) || before === 0 || before === 1 || !Number.isFinite(before)) return undefined;
  if (!allows(path, after)) return undefined;
  return mapLeaves(inputs, (place, leaf) => {
    if (place !== path || leaf.kind !== 'tensor') return leaf;
    const data = leaf.tensor.data.slice() as Float32Array;
    data[index] = after;
    return { kind: 'tensor', tensor: { ...leaf.tensor, data } };
  });
}

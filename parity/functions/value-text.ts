import type { WireTensor } from '../../src/python/exchange.js';
import type { CaseValue } from './values.js';

/** How a language writes values. */
export interface Syntax {
  readonly number: (value: number) => string;
  readonly tensor: (rows: string, tensor: WireTensor, path: string) => string;
  readonly plain: (value: string | boolean | null) => string;
  readonly field: (name: string, value: string) => string;
}

/** TypeScript with tfjs. */
export const TYPESCRIPT: Syntax = {
  number: (value) => (Object.is(value, -0) ? '-0' : String(value)),
  tensor: (rows, { dtype, shape, data }) => {
    const type =
      dtype === 'float32' || dtype === 'float64' ? '' : `, '${dtype === 'bool' ? 'bool' : 'int32'}'`;
    // Without numbers, nested arrays do not tell the shape.
    return data.length === 0
      ? `tf.zeros([${shape.join(', ')}]${type})`
      : `tf.tensor(${rows}, [${shape.join(', ')}]${type})`;
  },
  plain: (value) => JSON.stringify(value),
  field: (name, value) => `${name}: ${value}`,
};

const PYTHON_NUMBERS = new Map([
  ['NaN', 'float("nan")'],
  ['Infinity', 'float("inf")'],
  ['-Infinity', 'float("-inf")'],
]);

/** Python with PyTorch. */
export const python = (gradients: readonly string[]): Syntax => ({
  number: (value) => {
    const text = Object.is(value, -0) ? '-0.0' : String(value);
    return PYTHON_NUMBERS.get(text) ?? text;
  },
  tensor: (rows, { dtype, shape }, path) => {
    const reshaped = shape.includes(0) ? `.reshape(${shape.join(', ')})` : '';
    const gradient = gradients.includes(path) ? '.requires_grad_()' : '';
    return `torch.tensor(${rows}, dtype=torch.${dtype})${reshaped}${gradient}`;
  },
  plain: (value) =>
    value === null ? 'None' : typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value),
  field: (name, value) => `${JSON.stringify(name)}: ${value}`,
});

/** A value as a literal of a language. */
export function literal(value: CaseValue, path: string, syntax: Syntax): string {
  switch (value.kind) {
    case 'tensor':
      return syntax.tensor(rowsOf(value.tensor, syntax), value.tensor, path);
    case 'number':
      return syntax.number(value.value);
    case 'plain':
      return syntax.plain(value.value);
    case 'list':
      return `[${value.items.map((item, index) => literal(item, `${path}.${index}`, syntax)).join(', ')}]`;
    case 'record': {
      const fields = Object.entries(value.fields).map(([key, field]) =>
        syntax.field(key, literal(field, `${path}.${key}`, syntax)),
      );
      return `{ ${fields.join(', ')} }`;
    }
  }
}

/** The numbers of a tensor as nested arrays. */
export function rowsOf({ shape, data, dtype }: WireTensor, syntax: Syntax): string {
  const one = (index: number): string =>
    dtype === 'bool' ? syntax.plain(Number(data[index]) === 1) : syntax.number(Number(data[index]));
  const nested = (axis: number, start: number, size: number): string => {
    const count = shape[axis];
    if (count === undefined) return one(start);
    const step = count === 0 ? 0 : size / count;
    const items = Array.from({ length: count }, (_, index) => nested(axis + 1, start + index * step, step));
    return `[${items.join(', ')}]`;
  };
  return nested(0, 0, data.length);
}

import type { CaseTensor, ParityCase } from './case.js';

/** How many ties and kinks a case has, by what they are: there the reference's choice of a subgradient decides. */
export function pointsOf({ columns, labels }: ParityCase): Record<string, number> {
  const rows = columns.flatMap((column) => {
    const embedding = column['sentenceEmbedding'];
    if (embedding?.dtype !== 'float32' || embedding.shape.length !== 2) return [];
    return rowsOf(embedding);
  });
  const zero = rows.filter((row) => row.every((byte) => byte === 0)).length;
  const values = labels === null ? [] : Array.from(labels.data, Number);
  return {
    'equal rows (tied scores)': repeated(rows, (one, other) => one.equals(other)),
    'zero rows (no direction, norm 0)': zero,
    'equal labels': values.length - new Set(values).size,
  };
}

function rowsOf({ shape: [count = 0, width = 0], data }: CaseTensor): Buffer[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const size = width * data.BYTES_PER_ELEMENT;
  return Array.from({ length: count }, (_, row) => bytes.subarray(row * size, (row + 1) * size));
}

/** How many equal an earlier one. */
function repeated<Item>(items: readonly Item[], isEqual: (one: Item, other: Item) => boolean): number {
  return items.filter((item, index) => items.slice(0, index).some((earlier) => isEqual(earlier, item)))
    .length;
}

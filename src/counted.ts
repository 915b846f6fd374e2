/** With thousands separators: 66,985,530. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** A number with its noun: 1 text, 2 texts. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

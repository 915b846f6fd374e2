/** A coordinate of a tensor: `gradient/x[0, 2]`; the name alone for a single number. */
export const placeOf = (tensor: string, coordinate: readonly number[] | null): string =>
  coordinate === null || coordinate.length === 0 ? tensor : `${tensor}[${coordinate.join(', ')}]`;

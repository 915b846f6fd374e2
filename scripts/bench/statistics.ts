/** The measured rounds of one side of a row. */
export interface Measurement {
  medianMs: number;
  minMs: number;
  maxMs: number;
  rounds: number;
  /** Largest resident memory of the process from start to end. */
  peakMiB: number;
  /** Its largest resident memory up to the first round: libraries, and everything that the rounds do not make. */
  startMiB: number;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of no values; expected at least one');
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

export function summarize(
  roundsMs: readonly number[],
  memory: { peakMiB: number; startMiB: number },
): Measurement {
  return {
    medianMs: median(roundsMs),
    minMs: Math.min(...roundsMs),
    maxMs: Math.max(...roundsMs),
    rounds: roundsMs.length,
    ...memory,
  };
}

/** Above 1, ours is faster. */
export function speedRatio(ours: Measurement, reference: Measurement): number {
  return reference.medianMs / ours.medianMs;
}

/** Below 1, ours needs less memory. */
export function memoryRatio(ours: Measurement, reference: Measurement): number {
  return ours.peakMiB / reference.peakMiB;
}

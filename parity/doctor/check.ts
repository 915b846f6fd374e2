import { alignedRows } from '../../src/shell/table.js';

/** `note`: a comparison runs without it, or not as intended. */
export type Status = 'ok' | 'note' | 'broken';

/** What one check saw. */
export interface Check {
  readonly id: string;
  readonly status: Status;
  readonly seen: string;
  /** What to do about it, in one line. */
  readonly remedy?: string;
}

export const fine = (id: string, seen: string): Check => ({ id, status: 'ok', seen });
export const note = (id: string, seen: string, remedy?: string): Check => ({
  id,
  status: 'note',
  seen,
  ...(remedy !== undefined && { remedy }),
});
export const broken = (id: string, seen: string, remedy: string): Check => ({
  id,
  status: 'broken',
  seen,
  remedy,
});

/** The first line of an error's message. */
export function reasonOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return first;
}

/** One line for each check, with its remedy below, and a last line that sums up. */
export function renderChecks(checks: readonly Check[]): string {
  const lines = alignedRows(
    checks.map(({ id, status, seen }) => [status, id, seen]),
    'left',
  );
  const shown = checks.flatMap(({ remedy }, index) => [
    lines[index] ?? '',
    ...(remedy === undefined ? [] : [`        -> ${remedy}`]),
  ]);
  const faults = checks.filter(({ status }) => status === 'broken').map(({ id }) => id);
  const sum =
    faults.length === 0 ? 'A comparison can run.' : `A comparison cannot run: ${faults.join(', ')}.`;
  return `${shown.join('\n')}\n\n${sum}\n`;
}

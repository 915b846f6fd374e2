import { EXIT } from '../../src/shell/exit-codes.js';
import { plainTable } from '../../src/shell/table.js';
import type { Absent, Outcome, Row } from './trial.js';

const HEAD = ['with', 'version', 'as it is', 'setting', 'with it', 's', 'MB'];

export function renderRows(rows: readonly (Row | Absent)[]): string {
  const tried = rows.filter((row) => 'plain' in row);
  const absent = rows.filter((row) => 'reason' in row);
  const failures = tried.flatMap(({ name, plain, documented }) =>
    [plain, documented].flatMap((outcome) =>
      outcome?.failure === undefined
        ? []
        : [`${name}, ${outcome === plain ? 'as it is' : 'with the setting'}: ${outcome.failure}`],
    ),
  );
  return [
    plainTable([HEAD, ...tried.map(cells)], 'left'),
    ...failures,
    ...absent.map(({ name, reason }) => `${name} is not on this machine: ${reason}`),
  ].join('\n');
}

function cells({ name, version, setting, plain, documented }: Row): string[] {
  const last = documented ?? plain;
  return [
    name,
    version,
    verdict(plain),
    setting,
    documented === undefined ? '' : verdict(documented),
    last.seconds.toFixed(0),
    String(last.megabytes),
  ];
}

const verdict = ({ failure }: Outcome): string => (failure === undefined ? 'works' : 'fails');

/** A finding is a false promise of the documentation: without the setting if none is named, otherwise with it. */
export function exitCodeFor(rows: readonly (Row | Absent)[]): number {
  if (rows.length === 0) return EXIT.finding;
  const broken = rows.some(
    (row) =>
      'plain' in row &&
      ((row.isPlainFine && row.plain.failure !== undefined) || row.documented?.failure !== undefined),
  );
  if (broken) return EXIT.finding;
  return rows.some((row) => 'reason' in row) ? EXIT.environment : EXIT.fine;
}

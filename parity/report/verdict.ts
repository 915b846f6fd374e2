import { EXIT } from '../../src/shell/exit-codes.js';
import type { MutantGroup, ParityReport, ReportCheck } from './parity-report.js';

const NO_MUTANT = 'no mutant was given: a check that cannot fail proves nothing';

/** What a reader should know of a run though it does not fail. */
export const warningsOf = ({ warnings, mutants }: ParityReport): readonly string[] =>
  mutants === undefined ? [...warnings, NO_MUTANT] : warnings;

/** What a run proves besides its comparisons: that it compared anything, and that it would notice a mistake. */
export function checksOf(report: ParityReport): ReportCheck[] {
  const { summary, checks, mutants = [], quirks } = report;
  return [
    ...(summary.cases === 0 && !isBroken(report)
      ? [{ group: 'parity', name: 'compared', failure: 'no case was compared' }]
      : [{ group: 'parity', name: 'compared' }]),
    ...checks,
    ...mutants.map(mutantCheck),
    ...(quirks === undefined ? [] : [quirkCheck(quirks)]),
  ];
}

function mutantCheck({ group, total, survivors }: MutantGroup): ReportCheck {
  const check = { group: 'wrong variants', name: group };
  if (total === 0) return { ...check, failure: `no wrong variant of the ${group} was tried` };
  return survivors.length === 0 ? check : { ...check, failure: `not caught: ${survivors.join(', ')}` };
}

function quirkCheck(quirks: NonNullable<ParityReport['quirks']>): ReportCheck {
  const check = { group: 'quirks', name: 'of the reference' };
  if (quirks.length === 0) return { ...check, failure: 'quirks: none was checked' };
  const expired = quirks.filter(({ still }) => !still).map(({ id }) => id);
  if (expired.length === 0) return check;
  return { ...check, failure: `quirks: the reference no longer shows ${expired.join(', ')}` };
}

/** Whether a fault of the environment kept something from being checked. */
const isBroken = ({ unchecked }: ParityReport): boolean => unchecked.some(({ broken }) => broken);

/** Why a run fails, besides its mismatches. */
export const problemsOf = (report: ParityReport): string[] =>
  checksOf(report).flatMap(({ failure }) => failure ?? []);

/** Whether there is a mismatch or another unexpected finding. */
export const hasFinding = (report: ParityReport): boolean =>
  report.summary.mismatches > 0 || problemsOf(report).length > 0;

/**
 * The exit code of a run: 1 for a finding, 3 if a fault of the environment kept something from being checked, 0 for a
 * run in which everything was compared and is equal.
 */
export function exitCodeOf(report: ParityReport): number {
  if (hasFinding(report)) return EXIT.finding;
  return isBroken(report) ? EXIT.environment : EXIT.fine;
}

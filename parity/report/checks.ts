import { cellName } from '../suite.js';
import type { SuiteReport } from './report.js';

/**
 * Something that a run proves besides its comparisons: that it compared anything, and that it would notice a mistake.
 */
export interface Check {
  readonly group: string;
  readonly name: string;
  /** What is wrong. A run with a failure does not succeed. */
  readonly failure?: string;
  /** Why it was left out. */
  readonly skipped?: string;
}

export function checksOf(report: SuiteReport): Check[] {
  return [
    ...caseChecks(report),
    ...replacedChecks(report),
    ...variantChecks('losses', report.kills),
    ...variantChecks('models', report.modelKills),
    ...variantChecks('trainer', report.trainingKills),
    ...quirkChecks(report),
  ];
}

function caseChecks({ summary, results, models, absentModels }: SuiteReport): Check[] {
  const empty = [
    ...results.flatMap(({ cell, cases }) => (cases === 0 ? [cellName(cell)] : [])),
    ...models.flatMap(({ cell, cases }) => (cases === 0 ? [`model/${cell.source.name}/${cell.check}`] : [])),
  ];
  const nothing = summary.cases === 0 ? ['no case was compared'] : [];
  const failure = [...nothing, ...(empty.length > 0 ? [`no case for ${empty.join(', ')}`] : [])].join('; ');
  return [
    { group: 'parity', name: 'cases', ...(failure !== '' && { failure }) },
    ...absentModels.map(({ name, wanted }): Check => {
      const why = `the model ${name} is not on this machine, so it was not compared`;
      return { group: `model ${name}`, name: 'present', ...(wanted ? { failure: why } : { skipped: why }) };
    }),
  ];
}

function replacedChecks({ implementation }: SuiteReport): Check[] {
  return (implementation?.replaced ?? []).map(({ kind, name, calls, verdict }): Check => {
    const check = {
      group: 'implementation',
      name: `${kind} ${name}, called ${calls.losses + calls.models} times`,
    };
    if (verdict === 'not selected') {
      return { ...check, skipped: `${name} was not judged: no selected case names it` };
    }
    if (verdict === 'called') return check;
    return { ...check, failure: `${name} was never called, so nothing of it was compared` };
  });
}

function variantChecks(
  of: string,
  kills: { readonly mutants: number; readonly survivors: readonly string[] } | undefined,
): Check[] {
  if (kills === undefined) return [];
  const check = { group: 'wrong variants', name: of };
  if (kills.mutants === 0) return [{ ...check, failure: `no wrong variant of the ${of} was tried` }];
  if (kills.survivors.length === 0) return [check];
  return [{ ...check, failure: `not caught: ${kills.survivors.join(', ')}` }];
}

function quirkChecks({ quirks }: SuiteReport): Check[] {
  if (quirks === undefined) return [];
  const check = { group: 'quirks', name: 'of the reference' };
  if (quirks.length === 0) return [{ ...check, failure: 'quirks: none was checked' }];
  const expired = quirks.filter(({ still }) => !still).map(({ id }) => id);
  if (expired.length === 0) return [check];
  return [{ ...check, failure: `quirks: the reference no longer shows ${expired.join(', ')}` }];
}

/** Whether there is an unexpected finding, or nothing was compared. */
export function hasFinding(report: SuiteReport): boolean {
  return report.summary.mismatches > 0 || checksOf(report).some(({ failure }) => failure !== undefined);
}

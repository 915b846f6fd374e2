import { cellName } from '../suite.js';
import type { ReportCheck } from './parity-report.js';
import type { SuiteReport } from './report.js';

/** What a run of the suite proves besides its comparisons: that it compared all that it was asked for. */
export const suiteChecks = (report: SuiteReport): ReportCheck[] => [
  ...caseChecks(report),
  ...replacedChecks(report),
];

function caseChecks({ results, models, absentModels }: SuiteReport): ReportCheck[] {
  const empty = [
    ...results.flatMap(({ cell, cases, notChecked }) =>
      cases === 0 && notChecked === undefined ? [cellName(cell)] : [],
    ),
    ...models.flatMap(({ cell, cases }) => (cases === 0 ? [`model/${cell.source.name}/${cell.check}`] : [])),
  ];
  return [
    {
      group: 'parity',
      name: 'cases',
      ...(empty.length > 0 && { failure: `no case for ${empty.join(', ')}` }),
    },
    ...absentModels.flatMap(({ name, wanted }): ReportCheck[] => {
      const failure = `the model ${name} is not on this machine, so it was not compared`;
      return wanted ? [{ group: `model ${name}`, name: 'present', failure }] : [];
    }),
  ];
}

function replacedChecks({ implementation }: SuiteReport): ReportCheck[] {
  return (implementation?.replaced ?? []).map(({ kind, name, verdict }): ReportCheck => {
    const check = { group: 'implementation', name: `${kind} ${name}` };
    if (verdict === 'not selected') {
      return { ...check, skipped: `${name} was not judged: no selected case names it` };
    }
    if (verdict === 'called') return check;
    return { ...check, failure: `${name} was never called, so nothing of it was compared` };
  });
}

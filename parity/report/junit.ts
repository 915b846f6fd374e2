import { type Problem, type TestCase, testSuites } from './junit-xml.js';
import type { ParityReport, ReportCheck, ReportFailure } from './parity-report.js';
import { targetsOf } from './targets.js';
import { checksOf } from './verdict.js';

/** One test case for each target and each check of the run itself, for continuous integration servers. */
export function renderJunit(report: ParityReport): string {
  const targets = targetsOf(report.cells).map(({ target, cases, seconds }): TestCase => {
    const [group = '', ...rest] = target.split('/');
    return {
      group,
      name: rest.length === 0 ? group : rest.join('/'),
      seconds,
      ...(cases === 0 && { failure: { message: 'no case', text: '' } }),
      ...differing(report.failures.filter((failure) => failure.target === target)),
    };
  });
  const unchecked = report.unchecked.map(({ what, why, broken }): TestCase => ({
    group: 'unchecked',
    name: what,
    seconds: 0,
    ...(broken ? { error: { kind: 'environment', message: why } } : { skipped: why }),
  }));
  return testSuites([...targets, ...checksOf(report).map(checkCase), ...unchecked], report.summary.seconds);
}

function differing(failures: readonly ReportFailure[]): { failure?: Problem } {
  const [first] = failures;
  if (first === undefined) return {};
  const text = failures.map(failureText).join('\n\n');
  return { failure: { message: `${failures.length} differ: ${first.message}`, text } };
}

const failureText = ({ path, message, inputs, again, replay }: ReportFailure): string =>
  [
    path,
    message,
    ...inputs.map(({ name, value }) => `${name} ${value}`),
    ...(again === null ? [] : [again]),
    ...(replay === null ? [] : [replay]),
  ].join('\n');

function checkCase({ group, name, failure, skipped }: ReportCheck): TestCase {
  return {
    group,
    name,
    seconds: 0,
    ...(failure !== undefined && { failure: { message: failure, text: '' } }),
    ...(skipped !== undefined && { skipped }),
  };
}

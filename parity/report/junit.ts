import { type Check, checksOf } from './checks.js';
import { type Problem, type TestCase, testSuites } from './junit-xml.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import type { SuiteReport } from './report.js';

/** One test case per cell and per check of the run itself, for continuous integration servers. */
export function renderJunit(reports: readonly SuiteReport[]): string {
  const cases = reports.flatMap((report) => {
    const on = reports.length === 1 ? '' : `${report.backend}: `;
    return casesOf(report).map((one) => ({ ...one, group: `${on}${one.group}` }));
  });
  return testSuites(cases, Math.max(...reports.map(({ summary }) => summary.seconds)));
}

function casesOf(report: SuiteReport): TestCase[] {
  const losses = report.results.map(({ cell, cases, failures, seconds }): TestCase => {
    const { loss, wrapper, format } = cell;
    return {
      group: loss,
      name: `${wrapper === 'none' ? 'alone' : `in ${wrapper}`}, ${format.id}`,
      seconds,
      ...(cases === 0 && { failure: { message: 'no case', text: '' } }),
      ...differing(
        failures.map(({ path, judged, mismatch: { message } }) => ({
          message,
          text: [path, describeOptions(judged.case), message].join('\n'),
        })),
      ),
    };
  });
  const compared = report.models.map(({ cell, failures, seconds }): TestCase => {
    const { model, family, backbone, check } = describeModelCell(cell);
    return {
      group: `model ${model}`,
      name: `${check}, ${family} on ${backbone}`,
      seconds,
      ...differing(
        failures.map(({ path, mismatch: { message } }) => ({ message, text: `${path}\n${message}` })),
      ),
    };
  });
  const trained = report.training.map(({ name, failures, seconds }): TestCase => ({
    group: 'training',
    name,
    seconds,
    ...differing(
      failures.map(({ path, mismatch: { message } }) => ({ message, text: `${path}\n${message}` })),
    ),
  }));
  return [...losses, ...compared, ...trained, ...checksOf(report).map(checkCase)];
}

function differing(failures: readonly Problem[]): { failure?: Problem } {
  const [first] = failures;
  if (first === undefined) return {};
  const text = failures.map((failure) => failure.text).join('\n\n');
  return { failure: { message: `${failures.length} differ: ${first.message}`, text } };
}

function checkCase({ group, name, failure, skipped }: Check): TestCase {
  return {
    group,
    name,
    seconds: 0,
    ...(failure !== undefined && { failure: { message: failure, text: '' } }),
    ...(skipped !== undefined && { skipped }),
  };
}

import { type Check, checksOf } from './checks.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import type { SuiteReport } from './report.js';

/** One test case per cell and per check of the run itself, as continuous integration servers read it. */
export function renderJunit(report: SuiteReport): string {
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
  return testSuites([...losses, ...compared, ...checksOf(report).map(checkCase)], report.summary.seconds);
}

/** A run that ended without a report: one test case with an error, so that nobody takes its absence for success. */
export function renderJunitError(kind: string, message: string): string {
  return testSuites([{ group: 'parity', name: 'run', seconds: 0, error: { kind, message } }], 0);
}

interface Problem {
  readonly message: string;
  readonly text: string;
}

interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly failure?: Problem;
  readonly error?: { readonly kind: string; readonly message: string };
  readonly skipped?: string;
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

function testSuites(cases: readonly TestCase[], seconds: number): string {
  const count = (key: 'failure' | 'error' | 'skipped'): number =>
    cases.filter((one) => one[key] !== undefined).length;
  const counts =
    `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" ` +
    `skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="parity" ${counts}>`,
    ...cases.map(renderCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function renderCase({ group, name, seconds, failure, error, skipped }: TestCase): string {
  const head = `    <testcase classname="${attribute(group)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
  const inner = [
    failure && `<failure message="${attribute(failure.message)}">${element(failure.text)}</failure>`,
    error && `<error type="${attribute(error.kind)}" message="${attribute(error.message)}"/>`,
    skipped && `<skipped message="${attribute(skipped)}"/>`,
  ].filter((part) => part !== undefined);
  if (inner.length === 0) return `${head}/>`;
  return `${head}>\n${inner.map((part) => `      ${part}\n`).join('')}    </testcase>`;
}

/** XML 1.0 has no way to write most control characters. */
function element(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return element(text).replaceAll('"', '&quot;').replaceAll('\n', ' ');
}

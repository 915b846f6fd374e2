import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import type { SuiteReport } from './report.js';

/** One test case per cell, as continuous integration servers read it. */
export function renderJunit({ results, models, summary }: SuiteReport): string {
  const losses = results.map(({ cell, failures, seconds }): TestCase => {
    const { loss, wrapper, format } = cell;
    return {
      group: loss,
      name: `${wrapper === 'none' ? 'alone' : `in ${wrapper}`}, ${format.id}`,
      seconds,
      failures: failures.map(({ path, judged, mismatch: { message } }) => ({
        message,
        text: [path, describeOptions(judged.case), message].join('\n'),
      })),
    };
  });
  const compared = models.map(({ cell, failures, seconds }): TestCase => {
    const { model, family, backbone, check } = describeModelCell(cell);
    return {
      group: `model ${model}`,
      name: `${check}, ${family} on ${backbone}`,
      seconds,
      failures: failures.map(({ path, mismatch: { message } }) => ({ message, text: `${path}\n${message}` })),
    };
  });
  const all = [...losses, ...compared];
  const cases = all.map(renderCase);
  const failed = all.filter(({ failures }) => failures.length > 0).length;
  const counts = `tests="${all.length}" failures="${failed}" errors="0" time="${summary.seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="parity" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly failures: readonly { readonly message: string; readonly text: string }[];
}

function renderCase({ group, name, seconds, failures }: TestCase): string {
  const head = `    <testcase classname="${attribute(group)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
  const [first] = failures;
  if (first === undefined) return `${head}/>`;
  const message = attribute(`${failures.length} differ: ${first.message}`);
  const text = element(failures.map((failure) => failure.text).join('\n\n'));
  return `${head}>\n      <failure message="${message}">${text}</failure>\n    </testcase>`;
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

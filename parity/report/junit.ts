import { describeOptions } from './options.js';
import type { SuiteReport } from './report.js';

/** One test case per cell, as continuous integration servers read it. */
export function renderJunit({ results, summary }: SuiteReport): string {
  const cases = results.map(({ cell, failures, seconds }) => {
    const { loss, wrapper, format } = cell;
    const name = attribute(`${wrapper === 'none' ? 'alone' : `in ${wrapper}`}, ${format.id}`);
    const head = `    <testcase classname="${attribute(loss)}" name="${name}" time="${seconds.toFixed(3)}"`;
    if (failures.length === 0) return `${head}/>`;
    const [first] = failures;
    const text = failures
      .map(({ path, judged, mismatch }) => `${path}\n${describeOptions(judged.case)}\n${mismatch.message}`)
      .join('\n\n');
    const message = attribute(`${failures.length} differ: ${first?.mismatch.message}`);
    return `${head}>\n      <failure message="${message}">${element(text)}</failure>\n    </testcase>`;
  });
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const counts = `tests="${results.length}" failures="${failed}" errors="0" time="${summary.seconds.toFixed(3)}"`;
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

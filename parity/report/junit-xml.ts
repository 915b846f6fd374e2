export interface Problem {
  readonly message: string;
  readonly text: string;
}

/** One test case in the form for continuous integration servers. */
export interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly failure?: Problem;
  readonly error?: { readonly kind: string; readonly message: string };
  readonly skipped?: string;
}

export function testSuites(cases: readonly TestCase[], seconds: number): string {
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

/** XML 1.0 cannot represent most control characters. */
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

import type { z } from 'zod';
import { preview } from '../preview.js';

type Issue = z.core.$ZodIssue;

/** Explains a finding of a schema: the position in the JSON, the value there, and what was expected. */
export function explainIssue(issue: Issue, root: unknown): string {
  const { path, expected } = deepest(issue);
  const where = path.length === 0 ? 'the value' : formatPath(path);
  return `${where} is ${preview(valueAt(root, path))}; expected ${expected}`;
}

/** The alternative of a union that matches the file furthest. */
function deepest(issue: Issue): { path: PropertyKey[]; expected: string } {
  if (issue.code !== 'invalid_union') return { path: issue.path, expected: expectation(issue) };
  const inner = issue.errors.flatMap((issues) => issues.slice(0, 1)).map(deepest);
  const furthest = Math.max(0, ...inner.map(({ path }) => path.length));
  const best = inner.filter(({ path }) => path.length === furthest);
  const [first] = best;
  return {
    path: [...issue.path, ...(first?.path ?? [])],
    expected: [...new Set(best.map(({ expected }) => expected))].join(' or ') || issue.message,
  };
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return EXPECTED_TYPES[issue.expected] ?? `a ${issue.expected}`;
  if (issue.code === 'invalid_value') {
    return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  }
  if (issue.code === 'too_small') {
    return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
  }
  if (issue.code === 'too_big') {
    return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
  }
  return issue.message;
}

const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function unit(origin: string): string {
  return origin === 'array' || origin === 'set' ? ' entries' : origin === 'string' ? ' characters' : '';
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'string' && /^[A-Za-z_][\w-]*$/.test(key)
        ? `${index === 0 ? '' : '.'}${key}`
        : `[${typeof key === 'string' ? preview(key) : String(key)}]`,
    )
    .join('');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

import { expect, test } from 'vitest';
import { OptionError } from '../errors.js';
import { warningsOf } from '../testing/warnings.js';
import { promptForTask, resolvePrompt, type Task } from './prompts.js';

const prompts = new Map([
  ['query', 'query: '],
  ['passage', 'passage: '],
]);

test('a prompt wins over a name, a name over the default, and without any there is none', () => {
  expect(resolvePrompt({ promptName: 'passage' }, prompts, 'query')).toBe('passage: ');
  expect(resolvePrompt({}, prompts, 'query')).toBe('query: ');
  expect(resolvePrompt({ prompt: '' }, prompts, 'query')).toBe('');
  expect(resolvePrompt({}, prompts, null)).toBe('');
  const warnings = warningsOf(() =>
    expect(resolvePrompt({ prompt: 'x', promptName: 'query' }, prompts, null)).toBe('x'),
  );
  expect(warnings).toEqual(['both a prompt and a promptName, "query", are given; the prompt is used']);
});

test('an unknown name is refused with those that there are', () => {
  expect(() => resolvePrompt({ promptName: 'doc' }, prompts, null)).toThrow(OptionError);
  expect(() => resolvePrompt({ promptName: 'doc' }, prompts, null)).toThrow(
    'the model has no prompt "doc"; it has "query", "passage"',
  );
});

test('queries take the prompt "query", documents the first of "document", "passage" and "corpus"', () => {
  const of = (task: Task, given: Record<string, string>, name: string | null = null): string =>
    promptForTask(task, new Map(Object.entries(given)), name);
  expect(of('query', { query: 'q: ', document: 'd: ' })).toBe('q: ');
  expect(of('document', { query: 'q: ', document: 'd: ', passage: 'p: ' })).toBe('d: ');
  expect(of('document', { corpus: 'c: ', passage: 'p: ' })).toBe('p: ');
  expect(of('document', { corpus: 'c: ' })).toBe('c: ');
  expect(of('query', { corpus: 'c: ' })).toBe('');
  expect(of('query', { corpus: 'c: ' }, 'corpus')).toBe('c: ');
  expect(of('query', { query: '', corpus: 'c: ' }, 'corpus')).toBe('');
});

test('an empty prompt "document" is taken, with a hint where the model has one of another name', () => {
  const given = new Map([...prompts, ['document', '']]);
  const warnings = warningsOf(() => expect(promptForTask('document', given, null)).toBe(''));
  expect(warnings[0]).toMatch(
    /a prompt "passage" and an empty one named "document", which is used.*promptName to "passage"/,
  );
});

import { expect, test } from 'vitest';
import { OptionError } from '../errors.js';
import { warningsOf } from '../testing/warnings.js';
import { promptForTask, resolvePrompt } from './prompts.js';

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
  expect(warnings).toEqual(['both a prompt and the promptName "query" are given; the prompt is taken']);
});

test('an unknown name is refused with those that there are', () => {
  expect(() => resolvePrompt({ promptName: 'doc' }, prompts, null)).toThrow(OptionError);
  expect(() => resolvePrompt({ promptName: 'doc' }, prompts, null)).toThrow(
    'the model has no prompt "doc"; it has "query", "passage"',
  );
});

test('documents get the prompt "document" only, with a hint where the model has one of another name', () => {
  expect(promptForTask('query', prompts)).toBe('query: ');
  const warnings = warningsOf(() => expect(promptForTask('document', prompts)).toBe(''));
  expect(warnings[0]).toMatch(/a prompt "passage" but none named "document".*promptName: "passage"/);
  expect(promptForTask('document', new Map([['document', 'd: ']]))).toBe('d: ');
});

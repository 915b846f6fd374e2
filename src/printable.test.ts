import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe as suite, expect, it } from 'vitest';
import { describe } from './describe.js';
import { InputError, ModelFileError, WriteError } from './errors.js';
import { preview } from './files/preview.js';
import { printable, quoted } from './printable.js';
import { copyOfModel, editJson } from './testing/files/damaged-model.js';
import { temporaryFolder } from './testing/files/temporary-folder.js';
import { runHere } from './testing/run-command.js';

/** Clears a screen, names a window, turns the direction of writing, is half of a character. */
const HOSTILE = '\u001B[2J\u001B]0;x\u0007\u009B1m\u202Eabc\uD800\u0000\u007F';
const ESCAPED = '\\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{9b}1m\\u{202e}abc\\u{d800}\\u{0}\\u{7f}';

suite('a text of others', () => {
  it('is printed with codes for what could steer a terminal, and otherwise as it is', () => {
    expect(printable(HOSTILE)).toBe(ESCAPED);
    const harmless = 'été 日本\n\t👩‍👧 "quoted" \\n';
    expect(printable(harmless)).toBe(harmless);
  });

  it.each([quoted, preview, describe])('is short and in quotes inside a message: %o', (name) => {
    for (const text of [HOSTILE, 'x'.repeat(1000)]) {
      const told = name(text);
      expect(printable(told)).toBe(told);
      expect(told).toMatch(/^".*"$/);
      expect(told.length).toBeLessThan(120);
    }
    expect(name('plain')).toBe('"plain"');
  });

  it('of many items is not listed whole', () => {
    expect(describe(Array(10_000).fill('x')).length).toBeLessThan(100);
  });
});

it.each([
  ['ModelFileError', (text: string) => new ModelFileError(text)],
  ['InputError', (text: string) => new InputError(text, { cause: new Error(text) })],
  ['WriteError', (text: string) => new WriteError(text, new Error(text))],
])('the message of %s is printable and bounded', (_, make) => {
  expect(make(HOSTILE).message).toContain(ESCAPED);
  expect(make(HOSTILE).message).not.toContain('\u001B');
  expect(make('x'.repeat(10 ** 6)).message.length).toBeLessThan(2100);
});

suite('the command line', () => {
  const damaged = (file: string, change: (config: Record<string, unknown>) => void): string => {
    const folder = copyOfModel('splade-settings');
    editJson(join(folder, file), change);
    return folder;
  };
  const input = (text: string): string => {
    const path = join(temporaryFolder(), 'texts.jsonl');
    writeFileSync(path, text);
    return path;
  };

  it.each<[string, () => readonly string[]]>([
    [
      'a model type',
      () => ['inspect', damaged('config.json', (config) => void (config['model_type'] = HOSTILE))],
    ],
    [
      'a name of a module',
      () => {
        const folder = copyOfModel('splade-settings');
        writeFileSync(
          join(folder, 'modules.json'),
          JSON.stringify([{ idx: 0, name: '0', path: '', type: HOSTILE }]),
        );
        return ['inspect', folder];
      },
    ],
    [
      'a prompt and its name',
      () => [
        'inspect',
        damaged('config_sentence_transformers.json', (config) => {
          config['prompts'] = { [HOSTILE]: HOSTILE };
          config['default_prompt_name'] = null;
        }),
      ],
    ],
    [
      'a key of a text',
      () => ['encode', copyOfModel('splade-settings'), '--input', input(JSON.stringify({ [HOSTILE]: 1 }))],
    ],
    [
      'a line that is not JSON',
      () => ['encode', copyOfModel('splade-settings'), '--input', input(`{"text": ${HOSTILE}}`)],
    ],
    [
      'an id',
      () => [
        'encode',
        copyOfModel('splade-settings'),
        '--input',
        input(JSON.stringify({ text: 'a', id: [HOSTILE] })),
      ],
    ],
    [
      'a text that is compared',
      () => ['similarity', copyOfModel('splade-settings'), HOSTILE.replaceAll('\0', ''), 'b'],
    ],
  ])('prints no escape sequence of %s', async (_, args) => {
    const { stdout, stderr } = await runHere(args());
    const told = stdout + stderr;
    expect(told).not.toBe('');
    expect(printable(told)).toBe(told);
    expect(told.length).toBeLessThan(4000);
  });
});

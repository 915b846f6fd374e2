import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { parseJson, parseJsonAs } from './parse-json.js';
import { readJsonFile } from './read-json-file.js';

const schema = z.looseObject({
  prompts: z.record(z.string(), z.string()).optional(),
  layers: z.number().int().positive().optional(),
  modules: z.array(z.object({ 'odd key': z.boolean() })).optional(),
  task: z.enum(['fill-mask', 'feature-extraction']).optional(),
  pooling: z.union([z.string(), z.array(z.string())]).optional(),
});

function messageOf(json: string): string {
  try {
    parseJsonAs(json, schema, 'config.json');
    return 'was taken';
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return error.message;
  }
}

describe('parseJson', () => {
  it('names line and column of a syntax error, counted from 1', () => {
    expect(messageOf('{\n  "prompts": {},\n  "layers": 06\n}')).toBe(
      'config.json, line 3, column 14: found "6"; expected "," or "}"',
    );
    expect(messageOf('')).toBe('config.json, line 1, column 1: the text ends; expected a value');
  });

  it.each([
    ['{"prompts": {"query": 3}}', 'config.json: prompts.query is 3; expected a string'],
    ['{"layers": "six"}', 'config.json: layers is "six"; expected a number'],
    ['{"layers": 1.5}', 'config.json: layers is 1.5; expected a whole number'],
    ['{"layers": 0}', 'config.json: layers is 0; expected more than 0'],
    ['{"modules": [{}]}', 'config.json: modules[0]["odd key"] is missing; expected a boolean'],
    ['{"task": "ner"}', 'config.json: task is "ner"; expected "fill-mask" or "feature-extraction"'],
    ['{"pooling": 7}', 'config.json: pooling is 7; expected a string or a list'],
    ['{"pooling": ["cls", 7]}', 'config.json: pooling[1] is 7; expected a string'],
    ['[]', 'config.json: the value is a list of 0; expected an object'],
    [`{"layers": "${'x'.repeat(1000)}"}`, `config.json: layers is "${'x'.repeat(60)}…"; expected a number`],
  ])('says where in %s something is wrong, what it is and what was expected', (json, message) => {
    expect(messageOf(json)).toBe(message);
  });

  it('passes over a byte order mark, and refuses what is not UTF-8', () => {
    expect(parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x5d), 'x.json')).toEqual([]);
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'x.json')).toThrow(
      'x.json is not UTF-8; expected JSON in UTF-8',
    );
  });

  it('takes the last of two equal keys, and lets no key change a prototype', () => {
    const text =
      '{"layers": 1, "layers": 2, "__proto__": {"layers": 9, "polluted": true}, "constructor": {}}';
    const value = parseJsonAs(text, schema, 'config.json');
    expect(value.layers).toBe(2);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
    expect('polluted' in {}).toBe(false);
    const { prompts } = parseJsonAs('{"prompts": {"__proto__": "x"}}', schema, 'config.json');
    expect(Object.getPrototypeOf(prompts)).toBe(Object.prototype);
  });

  it('refuses a file beyond the limit before it decodes it', () => {
    expect(() => parseJson(new Uint8Array(2 ** 20 + 1), 'x.json', { kind: 'modules' })).toThrow(
      'x.json has 1048577 bytes; expected JSON of at most 1048576',
    );
  });
});

describe('the number of values', () => {
  it('is limited before a value is made, keys included', () => {
    const text = `[${'{"a":1},'.repeat(3000)}{"a":1},1]`;
    expect(parseJson(text, 'x.json', { maxValues: 9005 })).toHaveLength(3002);
    expect(() => parseJson(text, 'x.json', { maxValues: 9004 })).toThrow(
      'x.json, line 1, column 24010: found "1"; expected at most 9004 values and keys in this file',
    );
  });
});

describe('readJsonFile', () => {
  it('names a file that is missing, or is a folder', () => {
    const folder = temporaryFolder();
    expect(() => readJsonFile(join(folder, 'a.json'), schema)).toThrow(
      /a\.json cannot be read; expected JSON: ENOENT/,
    );
    expect(() => readJsonFile(folder, schema)).toThrow(`${folder} is not a regular file; expected JSON`);
  });

  it('reads the whole file', () => {
    const path = join(temporaryFolder(), 'a.json');
    writeFileSync(path, '{"layers": 6, "other": [1]}');
    expect(readJsonFile(path, schema)).toEqual({ layers: 6, other: [1] });
  });
});

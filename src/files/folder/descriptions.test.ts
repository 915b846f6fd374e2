import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { formatModulesJson, parseModulesJson, readModulesJson } from './modules-json.js';
import {
  formatSentenceTransformersConfig,
  parseSentenceTransformersConfig,
  readSentenceTransformersConfig,
} from './sentence-transformers-config.js';

const modules = `[
  {
    "idx": 0,
    "name": "0",
    "path": "",
    "type": "sentence_transformers.base.modules.transformer.Transformer"
  },
  {
    "idx": 1,
    "name": "1",
    "path": "1_Custom",
    "type": "custom.Custom",
    "kwargs": [
      "task"
    ],
    "added_later": {
      "a": []
    }
  }
]`;

describe('modules.json', () => {
  it('is undefined for a folder without it', () => {
    expect(readModulesJson(temporaryFolder())).toBeUndefined();
  });

  it('is written as it was read, with keys that are not known', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'modules.json'), modules);
    expect(formatModulesJson(readModulesJson(folder) ?? [])).toBe(modules);
  });

  it('numbers modules that come without numbers, and puts the keys in the usual order', () => {
    const entries = parseModulesJson('[{"type": "t", "path": "", "name": "a"}]');
    expect(formatModulesJson(entries)).toBe(
      '[\n  {\n    "idx": 0,\n    "name": "a",\n    "path": "",\n    "type": "t"\n  }\n]',
    );
  });

  it.each([
    ['[]', 'm: the value is a list of 0; expected at least 1 entries'],
    ['{}', 'm: the value is an object; expected a list'],
    ['[{"name": "0", "type": "t"}]', 'm: [0].path is missing; expected a string'],
    [
      '[{"name": "0", "path": "../x", "type": "t"}]',
      'm: module "0": the path "../x" leads out of the model\'s folder; expected a relative path without ".."',
    ],
    [
      '[{"name": "0", "path": "", "type": "t"}, {"name": "0", "path": "a", "type": "t"}]',
      'm: two modules are called "0"; expected each name once',
    ],
  ])('refuses %s', (json, message) => {
    expect(() => parseModulesJson(json, 'm')).toThrow(ModelFileError);
    expect(() => parseModulesJson(json, 'm')).toThrow(message);
  });
});

describe('config_sentence_transformers.json', () => {
  it('is undefined for a folder without it', () => {
    expect(readSentenceTransformersConfig(temporaryFolder())).toBeUndefined();
  });

  it('is written with sorted keys, and with keys that are not known', () => {
    const folder = temporaryFolder();
    const json =
      '{"prompts": {"query": "é: "}, "requirements": {"b": [">=1"], "a": null}, "max_active_dims": 64, "__version__": {"transformers": "5", "pytorch": "2"}}';
    writeFileSync(join(folder, 'config_sentence_transformers.json'), json);
    const config = readSentenceTransformersConfig(folder);
    expect(config?.max_active_dims).toBe(64);
    const text = formatSentenceTransformersConfig(config ?? {});
    expect(text.match(/^ {2,4}"\w+"/gm)?.map((key) => key.trim())).toEqual([
      '"__version__"',
      '"pytorch"',
      '"transformers"',
      '"max_active_dims"',
      '"prompts"',
      '"query"',
      '"requirements"',
      '"a"',
      '"b"',
    ]);
    expect(text).toContain('"query": "\\u00e9: "');
    expect(parseSentenceTransformersConfig(text)).toEqual(config);
  });

  it('takes the older files that have only versions, and null where the reference writes it', () => {
    const files = [
      { __version__: { sentence_transformers: '2.0.0' } },
      { similarity_fn_name: null, default_prompt_name: null, prompts: { query: null } },
    ];
    for (const file of files) expect(parseSentenceTransformersConfig(JSON.stringify(file))).toEqual(file);
  });

  it.each([
    ['{"max_active_dims": 0}', 'c: max_active_dims is 0; expected more than 0'],
    ['{"max_active_dims": true}', 'c: max_active_dims is true; expected a number'],
    ['{"prompts": {"query": 1}}', 'c: prompts.query is 1; expected a string'],
    ['{"prompts": []}', 'c: prompts is a list of 0; expected an object'],
    ['{"model_type": null}', 'c: model_type is null; expected a string'],
  ])('refuses %s', (json, message) => {
    expect(() => parseSentenceTransformersConfig(json, 'c')).toThrow(ModelFileError);
    expect(() => parseSentenceTransformersConfig(json, 'c')).toThrow(message);
  });
});

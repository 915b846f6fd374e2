import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { elementsOf } from './json-tokens.js';
import { readTexts } from './read-texts.js';

async function idsOf(name: string, content: string): Promise<unknown[]> {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  const found: unknown[] = [];
  try {
    for await (const { id } of readTexts(path)) found.push(id);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new Error(error.message.replace(path, 'FILE'), { cause: error });
  }
  return found;
}

describe('numbers of JSON', () => {
  it.each([
    [
      'a.jsonl',
      '{"text": "a"}\n{"text": "1e999", "score": [-1e400]}',
      'FILE:2:29: the number "-1e400" is too large',
    ],
    ['a.jsonl', `{"id": ${'9'.repeat(310)}, "text": "a"}`, /^FILE:1:8: the number "9{20}.* is too large/],
    [
      'a.json',
      '[\n {"text": "a",\n  "id": 1e400}]',
      'FILE:3:9: the number "1e400" is too large; expected at most',
    ],
  ])('in %s are refused where they would be Infinity', async (name, content, message) => {
    await expect(idsOf(name, content)).rejects.toThrow(message);
  });

  it('keep their digits in an array, too', async () => {
    const rows = '{"id": 12345678901234567891, "text": "}], \\"["}, {"id": -0, "text": "b"}';
    expect(await idsOf('a.json', `[${rows}]`)).toEqual([12345678901234567891n, -0]);
    expect(await idsOf('a.jsonl', rows.replace('}, {', '}\n{'))).toEqual([12345678901234567891n, -0]);
  });

  it('stand in elements, which are cut at the commas between them alone', () => {
    const elements = ['1', '"a, \\"b]"', '[2, {"c": [3]}]', '{"d": ","}', 'null'];
    expect(elementsOf(` [ ${elements.join(' ,\n')} ] `)).toEqual(elements);
    expect(elementsOf('[]')).toEqual([]);
  });
});

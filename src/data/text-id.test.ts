import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { idAsJson, idIn } from './text-id.js';

const read = (json: string, key = 'id'): unknown => idIn(JSON.parse(json) as object, key, json, 'a.jsonl:7');

it.each([
  ['{"id": 7}', 7],
  ['{"id": "2637283987631399372"}', '2637283987631399372'],
  ['{"id": 9007199254740991}', 9007199254740991],
  ['{"id": 9007199254740993}', 9007199254740993n],
  ['{"id":-2637283987631399372}', -2637283987631399372n],
  [
    '{"text": "\\"id\\": 1111111111111111", "id": 2637283987631399372, "more": [9999999999999999]}',
    2637283987631399372n,
  ],
  ['{"id": 1, "id": 2637283987631399372}', 2637283987631399372n],
  ['{"more": {"id": 9007199254740993}}', undefined],
  ['{"id": 1.0}', 1],
])('reads %s', (json, id) => {
  expect(read(json)).toBe(id);
});

it.each(['1.5', '2637283987631399372.5', '1e30', '1e999', 'null', 'true', '[1]', '{}'])(
  'refuses %s, which would not keep its digits or is not a name',
  (id) => {
    expect(() => read(`{"id": ${id}}`)).toThrow(InputError);
    expect(() => read(`{"id": ${id}}`)).toThrow(
      /^a\.jsonl:7: "id" is .*; expected a string or a whole number$/,
    );
  },
);

it('writes an id as the JSON that it was', () => {
  for (const json of ['7', '"a \\"b\\""', '2637283987631399372', '-9007199254740993']) {
    expect(idAsJson(read(`{"id": ${json}}`) as string)).toBe(json);
  }
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../../errors.js';
import { anyWeight, denseMatrix, sparseOf } from '../../testing/sparse/sparse-arbitraries.js';
import { sparseFromRows } from '../from-rows.js';
import { sliceRows } from '../select-rows.js';
import { tokenNames, tokenNamesWithoutDots } from './feature-names.js';
import { float32Text } from './float32-text.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from './formats.js';
import type { PayloadTokenizer } from './payload.js';
import { readJsonLines } from './read-json-lines.js';
import { payloadLines } from './write-payloads.js';

function tokenizerOf(tokens: readonly string[]): PayloadTokenizer {
  return {
    idToToken: (id) => tokens[id],
    // If two entries have the same token, the later one wins.
    tokenToId: (token) => (tokens.includes(token) ? tokens.lastIndexOf(token) : undefined),
  };
}

const vocabulary = ['the', '.', '2024', '__proto__', 'say "hi"', 'the', 'cat'];
const tokenizer = tokenizerOf(vocabulary);
const matrix = sparseFromRows(
  [
    [
      [0, 0.1],
      [1, 2],
      [2, 1e-45],
      [3, 0.30000001192092896],
      [4, 16_777_217],
      [7, 1.5],
    ],
    [],
  ],
  8,
);

describe('float32Text', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0);

  it('reads back as the same float32', () => {
    fc.assert(
      fc.property(float, (value) => {
        expect(Math.fround(Number(float32Text(value)))).toBe(value);
        expect(JSON.parse(float32Text(value))).toBe(Number(float32Text(value)));
      }),
      { numRuns: 5000 },
    );
  });

  it('has no more digits than any other decimal that does', () => {
    const digits = (text: string): number =>
      text
        .replace(/e.*/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+|0+$/g, '').length;
    const shortest = (value: number): number =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9].find((count) => Math.fround(Number(value.toPrecision(count))) === value) ??
      9;
    fc.assert(
      fc.property(float, (value) => {
        expect(digits(float32Text(value))).toBeLessThanOrEqual(shortest(value));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [0.1, '0.1'],
    [-0.30000001, '-0.3'],
    [1 / 3, '0.33333334'],
    [16_777_216, '16777216'],
    [3.4028235e38, '3.4028235e+38'],
    [1.4e-45, '1e-45'],
    [1.5e-7, '1.5e-7'],
  ])('writes the float32 of %d as %s', (value, text) => {
    expect(float32Text(Math.fround(value))).toBe(text);
  });
});

describe('names of dimensions', () => {
  it.each([
    ['tokens', tokenNames],
    ['tokens without dots', tokenNamesWithoutDots],
  ])('differ for different dimensions: %s', (_, namesOf) => {
    const token = fc.string({ unit: fc.constantFrom('.', '_', 'a', 'i', 'd', '1', '0'), maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(token, fc.constantFrom('_id_0', '_id_1', '_id_1_', '__', '.')), { maxLength: 12 }),
        (tokens) => {
          const nameOf = namesOf(tokenizerOf(tokens));
          // The last three dimensions have no token.
          const names = Array.from({ length: tokens.length + 3 }, (__, index) => nameOf(index));
          expect(new Set(names).size).toBe(names.length);
          expect(namesOf === tokenNames || !names.some((name) => name.includes('.'))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('equal those of Elasticsearch’s own models if these are unambiguous', () => {
    const nameOf = tokenNamesWithoutDots(tokenizerOf(['.', 'u.s', 'a_.', '..', '____', 'cat']));
    expect([0, 1, 2, 3, 4, 5].map(nameOf)).toEqual(['__', 'u__s', '_id_2', '_id_3', '____', 'cat']);
  });
});

describe('formats', () => {
  it.each<[PayloadFormatName, string, string]>([
    [
      'jsonl',
      '{"id":0,"indices":[0,1,2,3,4,7],"values":[0.1,2,1e-45,0.3,16777216,1.5]}',
      '{"id":1,"indices":[],"values":[]}',
    ],
    [
      'jsonl-tokens',
      '{"id":0,"tokens":{"_id_0":0.1,".":2,"2024":1e-45,"__proto__":0.3,"say \\"hi\\"":16777216,"_id_7":1.5}}',
      '{"id":1,"tokens":{}}',
    ],
    [
      'qdrant',
      '{"indices":[0,1,2,3,4,7],"values":[0.1,2,1e-45,0.3,16777216,1.5]}',
      '{"indices":[],"values":[]}',
    ],
    ['elasticsearch', '{"_id_0":0.1,"__":2,"__proto__":0.3,"say \\"hi\\"":16777216,"_id_7":1.5}', '{}'],
    ['opensearch', '{"_id_0":0.1,".":2,"__proto__":0.3,"say \\"hi\\"":16777216,"_id_7":1.5}', '{}'],
    ['opensearch-vector', '{"0":0.1,"1":2,"3":0.3,"4":16777216,"7":1.5}', '{}'],
    [
      'vespa',
      '{"cells":{"_id_0":0.1,".":2,"2024":1e-45,"__proto__":0.3,"say \\"hi\\"":16777216,"_id_7":1.5}}',
      '{"cells":{}}',
    ],
    ['milvus', '{"0":0.1,"1":2,"2":1e-45,"3":0.3,"4":16777216,"7":1.5}', '{}'],
    ['pgvector', '{1:0.1,2:2,3:1e-45,4:0.3,5:16777216,8:1.5}/8', '{}/8'],
    [
      'seismic',
      '{"id":0,"content":"a \\"b\\"","vector":{"_id_0":0.1,".":2,"__proto__":0.3,"say \\"hi\\"":16777216,"_id_7":1.5}}',
      '{"id":1,"content":"","vector":{}}',
    ],
  ])('%s', (name, first, second) => {
    expect([...payloadLines(name, matrix, { tokenizer, contents: ['a "b"', ''] })]).toEqual([first, second]);
  });

  const negative = sparseFromRows([[[6, -0.5]]], 7);

  it.each(Object.entries(PAYLOAD_FORMATS))('%s treats weights below 0 as declared', (key, format) => {
    const write = (): string[] => [
      ...payloadLines(key as PayloadFormatName, negative, { tokenizer, ids: ['x'] }),
    ];
    const outcome = ((): string => {
      try {
        return write().join('').includes('-0.5') ? 'written' : 'lost';
      } catch (error) {
        return error instanceof InputError && error.message.startsWith('text x: dimension 6 (')
          ? 'refused'
          : 'failed';
      }
    })();
    expect(outcome).toBe(format.negativeWeights);
  });

  it.each(Object.entries(PAYLOAD_FORMATS))(
    '%s asks for a tokenizer if it is declared to need one',
    (key, format) => {
      const write = (): string[] => [...payloadLines(key as PayloadFormatName, sliceRows(matrix, 0, 1))];
      const outcome = ((): string => {
        try {
          return `${write().length} line`;
        } catch (error) {
          return error instanceof InputError ? error.message : 'failed';
        }
      })();
      expect(outcome).toBe(
        format.tokens ? `${key} writes dimensions as tokens; give the model's tokenizer` : '1 line',
      );
    },
  );

  it('pinecone: records with ids that are text, and none without sparse values', () => {
    const first = sliceRows(matrix, 0, 1);
    const lines = (id: string | bigint): string[] => [...payloadLines('pinecone', first, { ids: [id] })];
    const values = '"indices":[0,1,2,3,4,7],"values":[0.1,2,1e-45,0.3,16777216,1.5]';
    expect([...payloadLines('pinecone', first)]).toEqual([`{"id":"0","sparse_values":{${values}}}`]);
    expect(lines(2637283987631399372n)[0]).toContain('{"id":"2637283987631399372",');
    for (const id of ['', 'é', '\0', 'x'.repeat(513)]) {
      expect(() => lines(id)).toThrow('expected 1 to 512 characters of ASCII');
    }
    expect(() => [...payloadLines('pinecone', matrix)]).toThrow(
      'text 1 has no active dimensions; pinecone refuses such a record',
    );
  });

  it.each(['jsonl', 'seismic'] as const)('%s writes all digits of an id', (format) => {
    const [line] = payloadLines(format, matrix, { tokenizer, ids: [2637283987631399372n, 'b'] });
    expect(line).toContain('{"id":2637283987631399372,');
  });

  it.each<[string, PayloadFormatName, object]>([
    ['there is no format "write"; there are jsonl, jsonl-tokens, qdrant,', 'write' as PayloadFormatName, {}],
    ['there is no format "constructor"', 'constructor' as PayloadFormatName, {}],
    ['payloadLines has no option "id"; did you mean "ids"?', 'jsonl', { id: [1] }],
    [
      'ids is [2305843009213694000, "b"]; expected an array of strings, whole numbers below 2^53',
      'jsonl',
      { ids: [2 ** 61, 'b'] },
    ],
    ['firstId is -1; expected a whole number', 'jsonl', { firstId: -1 }],
    ['contents is [1, a function]; expected an array of strings', 'seismic', { contents: [1, String] }],
    ['tokenizer is an object (Object); expected a tokenizer', 'vespa', { tokenizer: {} }],
  ])('refuses before the first line: %s', (told, format, options) => {
    const write = (): unknown => payloadLines(format, matrix, options);
    expect(write).toThrow(OptionError);
    expect(write).toThrow(told);
  });

  it.each(Object.values(PAYLOAD_FORMATS))('$title checks a row by itself', (format) => {
    const row = { indices: Uint32Array.of(1), values: Float32Array.of(Number.NaN), columns: 7, id: 'x' };
    expect(() => format.write(row, tokenizer)).toThrow('text x, position 0: index 1 has the value NaN');
  });

  it('numbers rows from firstId, and refuses ids of another number', () => {
    expect([...payloadLines('jsonl', sparseFromRows([[], []], 1), { firstId: 32 })]).toEqual([
      '{"id":32,"indices":[],"values":[]}',
      '{"id":33,"indices":[],"values":[]}',
    ]);
    expect(() => [...payloadLines('jsonl', matrix, { ids: [1] })]).toThrow(
      '1 ids for 2 rows; expected one for each row',
    );
  });

  it('pgvector refuses more entries than a sparsevec takes', () => {
    const long = sparseFromRows([Array.from({ length: 16_001 }, (_, i) => [i, 1] as const)], 20_000);
    expect(() => [...payloadLines('pgvector', long)]).toThrow(
      'text 0 has 16001 active dimensions; a sparsevec takes 16000',
    );
  });
});

describe('readJsonLines', () => {
  const read = (text: string, options = {}): ReturnType<typeof readJsonLines> =>
    readJsonLines(text.split('\n'), { source: 'queries.jsonl', tokenizer, ...options });

  it.each(['jsonl', 'jsonl-tokens'] as const)('reads back what %s wrote, bit for bit', async (name) => {
    const columns = 8;
    await fc.assert(
      fc.asyncProperty(denseMatrix(anyWeight, { columns }), async (dense) => {
        const written = sparseOf(dense);
        const text = [...payloadLines(name, written, { tokenizer })].join('\n');
        const { matrix: back, ids } = await read(text, { columns });
        expect(back).toEqual(written);
        expect(ids).toEqual(Array.from({ length: dense.rows }, (_, i) => i));
      }),
    );
  });

  it('takes lines without id, empty lines, other names, and as many columns as there are', async () => {
    const { matrix: back, ids } = await read(
      '\n{"indices":[3],"values":[1],"text":"a"}\n\n{"id":"b","tokens":{"cat":2}}\n',
    );
    expect(back).toEqual(sparseFromRows([[[3, 1]], [[6, 2]]], 7));
    expect(ids).toEqual([0, 'b']);
  });

  it.each([
    ['{"indices":[1,],"values":[1]}', 'queries.jsonl:2:15: not valid JSON'],
    ['{"indices":[1]', 'queries.jsonl:2:15: not valid JSON'],
    ['[1]', 'queries.jsonl:2: expected an object with "indices" and "values", or with "tokens"'],
    ['{"id":1}', 'queries.jsonl:2: expected "indices" and "values"'],
    [
      '{"indices":["1"],"values":[1]}',
      'queries.jsonl:2: expected "indices" and "values", each an array of numbers',
    ],
    ['{"indices":[1,2],"values":[1]}', 'queries.jsonl:2: 2 indices and 1 value; expected equal numbers'],
    ['{"indices":[1,1],"values":[1,1]}', 'queries.jsonl:2: index 1 occurs twice'],
    ['{"indices":[9],"values":[1]}', 'queries.jsonl:2: index 9; expected a whole number from 0 to 7'],
    ['{"indices":[1.5],"values":[1]}', 'queries.jsonl:2: index 1.5; expected a whole number'],
    [
      '{"indices":[1],"values":[1e39]}',
      'queries.jsonl:2: index 1 has the value 1e+39; expected one that is finite',
    ],
    ['{"id":null,"tokens":{}}', 'queries.jsonl:2: "id" is null; expected a string or a whole number'],
    ['{"tokens":{"dog":1}}', 'queries.jsonl:2: "dog" is not a token of the vocabulary'],
    ['{"tokens":{"cat":"1"}}', 'queries.jsonl:2: the weight of "cat" is not a number'],
    ['{"tokens":[1]}', 'queries.jsonl:2: "tokens" is not an object'],
  ])('refuses the line %s', async (line, message) => {
    const reading = read(`{"tokens":{}}\n${line}`, { columns: 8 });
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });

  it('asks for a tokenizer', async () => {
    await expect(read('{"tokens":{}}', { tokenizer: undefined })).rejects.toThrow(
      'queries.jsonl:1: an embedding by tokens; give the model',
    );
  });
});

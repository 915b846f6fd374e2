import { describe, expect, it } from 'vitest';
import { type ExportFacts, hashOfFiles, licenseOf, metadataOf } from './metadata.js';

describe('licenseOf', () => {
  it.each([
    ['---\nlicense: apache-2.0\n---\n# A model', 'apache-2.0'],
    ['---\ntags:\n- sparse\nlicense: "cc-by-4.0"\nlanguage: en\n---\n', 'cc-by-4.0'],
    ["---\nlicense: 'mit' # as the code\n---\n", 'mit'],
    ['---\r\nlicense: mit\r\n---\r\n', 'mit'],
    ['---\nlicense:\n- mit\n---\n', undefined],
    ['---\nlicense:\ntags: a\n---\n', undefined],
    ['---\nlicense_name: own\n---\n', undefined],
    ['# A model\n\nlicense: mit\n', undefined],
    ['---\ntags: a\n---\nlicense: mit\n', undefined],
    ['---\nlicense: mit\n', undefined],
    ['', undefined],
  ])('of %j is %s', (card, license) => {
    expect(licenseOf(card)).toBe(license);
  });
});

const FACTS: ExportFacts = {
  format: 'sparse',
  precision: 'fp32',
  target: 'any',
  route: 'query',
  modules: ['Transformer()', 'SpladePooling()'],
  dimensions: 300,
  maxLength: 32,
  maxActiveDims: 12,
  prompt: 'search: ',
  tokenizerSha256: 'ab',
  license: 'mit',
};

describe('metadataOf', () => {
  it('says everything under names of its own', () => {
    expect(metadataOf(FACTS)).toMatchObject({
      'sparse_encoder.format': 'sparse',
      'sparse_encoder.precision': 'fp32',
      'sparse_encoder.target': 'any',
      'sparse_encoder.route': 'query',
      'sparse_encoder.modules': 'Transformer(); SpladePooling()',
      'sparse_encoder.dimensions': '300',
      'sparse_encoder.max_length': '32',
      'sparse_encoder.max_active_dims': '12',
      'sparse_encoder.prompt': 'search: ',
      'sparse_encoder.tokenizer_sha256': 'ab',
      'sparse_encoder.license': 'mit',
    });
  });

  it('leaves out what there is not', () => {
    const none = {
      route: undefined,
      maxLength: Infinity,
      maxActiveDims: null,
      prompt: '',
      license: undefined,
    };
    const names = Object.keys(metadataOf({ ...FACTS, ...none })).map((name) => name.split('.')[1]);
    expect(names).toEqual([
      'version',
      'format',
      'precision',
      'target',
      'modules',
      'dimensions',
      'tokenizer_sha256',
    ]);
  });
});

describe('hashOfFiles', () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  const hash = (files: Record<string, Uint8Array>): string => hashOfFiles(new Map(Object.entries(files)));

  it('is the same in whatever order the files come', () => {
    expect(hash({ a: bytes(1), b: bytes(2) })).toBe(hash({ b: bytes(2), a: bytes(1) }));
  });

  it('tells contents, names and the borders of files apart', () => {
    const hashes = [
      hash({}),
      hash({ a: bytes(1), b: bytes(2) }),
      hash({ a: bytes(2), b: bytes(1) }),
      hash({ a: bytes(1, 2), b: bytes() }),
      hash({ a: bytes(1), c: bytes(2) }),
      hash({ a: bytes(1) }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

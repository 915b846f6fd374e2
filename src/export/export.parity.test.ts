import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { findReferencePython } from '../python/environment.js';
import { sparseToDense } from '../sparse/to-dense.js';
import { encoderOf, exported } from '../testing/exports.js';
import type { ExportFormat, Target } from './formats.js';

const python = findReferencePython();

/** Checks each file as strictly as onnx can, and runs it on one batch. */
const RUN = `
import json, sys
import numpy, onnx, onnxruntime

found = []
for path, feeds in json.load(sys.stdin):
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs = {each.name: numpy.array(feeds[each.name], dtype=numpy.int64) for each in session.get_inputs()}
    outputs = session.run(None, inputs)
    found.append({
        "opset": [(o.domain, o.version) for o in model.opset_import],
        "ir_version": model.ir_version,
        "outputs": {each.name: [str(value.dtype), value.tolist()]
                    for each, value in zip(session.get_outputs(), outputs)},
    })
print(json.dumps(found))
`;

interface Run {
  readonly opset: readonly (readonly [string, number])[];
  readonly ir_version: number;
  readonly outputs: Readonly<Record<string, readonly [type: string, value: unknown]>>;
}

type Feeds = Readonly<Record<string, number[][]>>;

function runAll(files: readonly (readonly [path: string, feeds: Feeds])[]): Run[] {
  const run = spawnSync(python ?? '', ['-B', '-c', RUN], {
    encoding: 'utf8',
    input: JSON.stringify(files),
    maxBuffer: 2 ** 28,
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
  return JSON.parse(run.stdout) as Run[];
}

/** Texts of several lengths, one of them empty. */
const TEXTS = ['a painter of houses and walls', '', 'water runs', 'a tree and a dog, many years ago'];

/** One batch of all texts in the form that the model takes. */
async function feedsOf(encoder: SparseEncoder, task?: string): Promise<Feeds> {
  const { inputIds, attentionMask, tokenTypeIds } = await encoder.preprocess(TEXTS, {
    ...(task !== undefined && { task }),
  });
  const entries = Object.entries({
    input_ids: inputIds,
    attention_mask: attentionMask,
    token_type_ids: tokenTypeIds,
  });
  return Object.fromEntries(
    await Promise.all(
      entries.flatMap(([name, tensor]) =>
        tensor === undefined ? [] : [tensor.array().then((array) => [name, array as number[][]] as const)],
      ),
    ),
  );
}

interface Case {
  readonly model: string;
  readonly format: ExportFormat;
  readonly opset: number;
  readonly target?: Target;
  readonly route?: 'query' | 'document';
}

const CASES: readonly Case[] = [
  { model: 'splade-bert', format: 'sparse', opset: 17 },
  { model: 'splade-bert', format: 'dense', opset: 18 },
  { model: 'splade-bert', format: 'logits', opset: 23 },
  { model: 'splade-bert', format: 'all', opset: 17 },
  { model: 'splade-bert', format: 'sparse', opset: 17, target: 'cpu' },
  { model: 'splade-modernbert', format: 'dense', opset: 23, target: 'cpu' },
  { model: 'splade-modernbert', format: 'all', opset: 23 },
  { model: 'splade-settings', format: 'sparse', opset: 23 },
  { model: 'csr', format: 'sparse', opset: 18 },
  { model: 'csr', format: 'all', opset: 17 },
  { model: 'inference-free', format: 'sparse', opset: 17, route: 'query' },
  { model: 'inference-free', format: 'sparse', opset: 17, route: 'document' },
];

/** Weights are of order 1. The two libraries use the same kernels with other numbers of threads. */
const ROUNDING = 1e-5;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a, (value, index) => Math.abs(value - (b[index] ?? NaN))).reduce(
    (largest, each) => (each <= largest ? largest : each),
    0,
  );
}

const flat = (value: unknown): number[] => [value].flat(Infinity) as number[];

/** Dense rows from the entries of a matrix. */
function denseOf({ indices, values, offsets }: Run['outputs'], width: number): number[] {
  const [places, weights, ends] = [indices, values, offsets].map((output) => flat(output?.[1]));
  return TEXTS.flatMap((_, row) => {
    const dense = Array.from({ length: width }, () => 0);
    for (let entry = ends?.[row] ?? NaN; entry < (ends?.[row + 1] ?? NaN); entry++) {
      dense[places?.[entry] as number] = weights?.[entry] as number;
    }
    return dense;
  });
}

/** log(1 + relu(max)) of the logits of each text, without padding. */
function pooled(logits: readonly number[][][], mask: readonly number[][]): number[] {
  return logits.flatMap((tokens, text) => {
    const seen = tokens.filter((_, token) => mask[text]?.[token] === 1);
    return (seen[0] ?? []).map((_, term) =>
      Math.log1p(seen.reduce((largest, token) => Math.max(largest, token[term] ?? NaN), 0)),
    );
  });
}

/** The embeddings from the outputs of a file, in each form that they have. */
function embeddingsIn(
  outputs: Run['outputs'],
  width: number,
  { attention_mask: mask = [] }: Feeds,
): number[][] {
  const { indices, logits, sentence_embedding: dense } = outputs;
  return [
    ...(indices === undefined ? [] : [denseOf(outputs, width)]),
    ...(dense === undefined ? [] : [flat(dense[1])]),
    ...(logits === undefined ? [] : [pooled(logits[1] as number[][][], mask)]),
  ];
}

const namesOf = ({ model, format }: Case): string[] =>
  ({
    sparse: ['indices', 'values', 'offsets'],
    dense: ['sentence_embedding'],
    logits: ['logits'],
    all: [model === 'csr' ? 'last_hidden_state' : 'logits', 'sentence_embedding'],
  })[format];

const TYPES = {
  indices: 'int64',
  values: 'float32',
  offsets: 'int64',
  sentence_embedding: 'float32',
  logits: 'float32',
  last_hidden_state: 'float32',
} as const;

describe.runIf(python !== undefined)('exported files, in Python', () => {
  it('are valid, and compute what the encoder computes', async () => {
    const files: [string, Feeds][] = [];
    for (const { model, format, opset, target = 'any', route } of CASES) {
      const { folder, encoder } = await exported(model, { format, opset, target });
      const name = route === undefined ? 'model.onnx' : `${route}_model.onnx`;
      files.push([join(folder, 'onnx', name), await feedsOf(encoder, route)]);
    }
    const runs = runAll(files);
    expect(runs).toHaveLength(CASES.length);
    for (const [index, { outputs, opset, ir_version: irVersion }] of runs.entries()) {
      const one = CASES[index] as Case;
      const what = JSON.stringify(one);
      expect([opset, irVersion], what).toEqual([[['', one.opset]], one.opset === 23 ? 11 : 8]);
      expect(Object.keys(outputs), what).toEqual(namesOf(one));
      for (const [name, [type]] of Object.entries(outputs)) {
        expect(type, what).toBe(TYPES[name as keyof typeof TYPES]);
      }
      const encoder = await encoderOf(one.model);
      const task = one.route !== undefined && { task: one.route };
      const matrix = await encoder.encode(TEXTS, { prompt: '', ...task });
      const expected = sparseToDense(matrix);
      for (const embeddings of embeddingsIn(outputs, matrix.columns, files[index]?.[1] ?? {})) {
        expect(largestDifference(embeddings, expected), what).toBeLessThan(ROUNDING);
      }
    }
  });
});

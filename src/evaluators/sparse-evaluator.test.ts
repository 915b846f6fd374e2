import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError, WriteError } from '../errors.js';
import { resolveOptions } from '../options.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { stubModel } from '../testing/stub-model.js';
import { recordWarnings } from '../testing/warnings.js';
import { appendCsvRow } from './csv-file.js';
import { SequentialEvaluator } from './sequential-evaluator.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';

/** Reports fixed numbers. */
class Fixed extends SparseEvaluator {
  readonly #ndcg: number;

  constructor(ndcg: number, options: EvaluatorOptions = {}) {
    super('SparseInformationRetrievalEvaluator', resolveOptions('Fixed', commonRules(32), options));
    this.#ndcg = ndcg;
  }

  protected override async measure(): Promise<Measured> {
    const primary = { key: '{f}_ndcg@{k}', f: 'dot', k: 10 };
    return {
      measurements: [
        { ...primary, value: this.#ndcg },
        { key: 'avg_flops', value: 2 },
      ],
      primary,
    };
  }
}

const model = stubModel({});

describe('an evaluator', () => {
  it('puts its name before the metrics, and knows the primary one after an evaluation', async () => {
    const evaluator = new Fixed(0.5, { name: 'dev' });
    expect(evaluator.primaryMetric).toBeNull();
    expect(await evaluator.evaluate(model)).toEqual({ 'dev_dot_ndcg@10': 0.5, dev_avg_flops: 2 });
    expect(evaluator.primaryMetric).toBe('dev_dot_ndcg@10');
    expect(await new Fixed(0.5).evaluate(model)).toEqual({ 'dot_ndcg@10': 0.5, avg_flops: 2 });
  });

  it('appends a row to a CSV file with one header', async () => {
    const folder = join(temporaryFolder(), 'new', 'eval');
    const evaluator = new Fixed(0.5, { name: 'dev' });
    await evaluator.evaluate(model, { outputPath: folder, epoch: 0.5, steps: 3 });
    await evaluator.evaluate(model, { outputPath: folder });
    expect(readdirSync(folder)).toEqual(['Information-Retrieval_evaluation_dev_results.csv']);
    const text = readFileSync(join(folder, evaluator.csvFile), 'utf8');
    expect(text).toBe('epoch,steps,dot-NDCG@10,avg_flops\n0.5,3,0.5,2\n-1,-1,0.5,2\n');
  });

  it('writes nothing without a folder or with writeCsv false', async () => {
    const folder = join(temporaryFolder(), 'eval');
    await new Fixed(0.5, { writeCsv: false }).evaluate(model, { outputPath: folder });
    expect(existsSync(folder)).toBe(false);
  });

  it('refuses what is not a model, and wrong options', async () => {
    await expect(new Fixed(1).evaluate({} as never)).rejects.toThrow(InputError);
    await expect(new Fixed(1).evaluate(model, { epoch: 'first' } as never)).rejects.toThrow(OptionError);
    expect(() => new Fixed(1, { name: 'a/b' })).toThrow('a text without slashes');
    expect(() => new Fixed(1, { batchSize: 0 })).toThrow(
      'batchSize is 0; expected a whole number of at least 1',
    );
  });
});

describe('a CSV file', () => {
  it('with other columns is left alone: the row goes to a file beside it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'results.csv');
    writeFileSync(path, 'epoch,dot\r\n1,2\r\n');
    const told = recordWarnings();
    await appendCsvRow(path, [
      ['epoch', 2],
      ['cosine', 3],
    ]);
    expect(told).toEqual([
      `${path} has other columns than this evaluation, whose row is written to another file`,
    ]);
    expect(readFileSync(path, 'utf8')).toBe('epoch,dot\r\n1,2\r\n');
    expect(readFileSync(join(folder, 'results-2.csv'), 'utf8')).toBe('epoch,cosine\n2,3\n');
    await appendCsvRow(path, [
      ['epoch', 2],
      ['dot', 4],
    ]);
    expect(readFileSync(path, 'utf8')).toBe('epoch,dot\r\n1,2\r\n2,4\n');
  });

  it('that ends within a row gets the next row on a line of its own', async () => {
    const path = join(temporaryFolder(), 'results.csv');
    writeFileSync(path, 'epoch\n1\n1.');
    await appendCsvRow(path, [['epoch', 2]]);
    expect(readFileSync(path, 'utf8')).toBe('epoch\n1\n1.\n2\n');
  });

  it('that cannot be written is named', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(appendCsvRow(join(folder, 'file', 'a.csv'), [['epoch', 1]])).rejects.toThrow(WriteError);
    mkdirSync(join(folder, 'is-folder.csv'));
    await expect(appendCsvRow(join(folder, 'is-folder.csv'), [['epoch', 1]])).rejects.toThrow(
      'is-folder.csv',
    );
  });
});

describe('SequentialEvaluator', () => {
  it('has the metrics of all, and the primary metric of the last as its score', async () => {
    const sequence = new SequentialEvaluator([new Fixed(0.5, { name: 'a' }), new Fixed(0.7, { name: 'b' })]);
    expect(sequence.primaryMetric).toBe('sequential_score');
    expect(await sequence.evaluate(model)).toEqual({
      'a_dot_ndcg@10': 0.5,
      a_avg_flops: 2,
      'b_dot_ndcg@10': 0.7,
      b_avg_flops: 2,
      sequential_score: 0.7,
    });
  });

  it('takes another score, the first metric of an evaluator without a primary one, and no evaluators', async () => {
    const plain = { primaryMetric: null, evaluate: async () => ({ loss: 3, other: 4 }) };
    const mean = (scores: readonly number[]): number => scores.reduce((a, b) => a + b, 0) / scores.length;
    const metrics = await new SequentialEvaluator([new Fixed(0.5), plain], mean).evaluate(model);
    expect(metrics['sequential_score']).toBe((0.5 + 3) / 2);
    expect(await new SequentialEvaluator([]).evaluate(model)).toEqual({ sequential_score: 0 });
  });

  it('warns about metrics of the same name', async () => {
    const told = recordWarnings();
    const metrics = await new SequentialEvaluator([new Fixed(0.5), new Fixed(0.7)]).evaluate(model);
    expect(metrics['dot_ndcg@10']).toBe(0.7);
    expect(told[0]).toBe(
      'several evaluators have a metric dot_ndcg@10, the last of which is kept; name them',
    );
  });

  it('refuses what is not a list of evaluators', () => {
    expect(() => new SequentialEvaluator([{} as never])).toThrow('expected a list of evaluators');
  });
});

// @module-tag slow
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { oneLayerModel } from '../testing/built-programs.js';
import { exported } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { type CommandResult, runHere } from '../testing/run-command.js';
import {
  dataFile as fileOf,
  jsonLines as lines,
  newRunFolder as newFolder,
  PAIRS,
} from '../testing/train-command.js';

const MODEL = oneLayerModel();
const jsonOf = ({ stdout }: CommandResult): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;

describe('sparse-encoder train', () => {
  // The lines of the log are not for CI.
  beforeEach(() => {
    vi.stubEnv('CI', '');
    return () => vi.unstubAllEnvs();
  });

  it('trains by a configuration, over which flags win, and says what came of it', async () => {
    const output = newFolder();
    const folder = temporaryFolder();
    const task = { queries: 'q', corpus: 'c' };
    writeFileSync(join(folder, 'queries.jsonl'), lines([{ id: task.queries, text: 'cloud' }]));
    writeFileSync(join(folder, 'corpus.jsonl'), lines([{ id: task.corpus, text: 'the rain' }]));
    writeFileSync(join(folder, 'qrels.jsonl'), lines([{ query_id: 'q', corpus_id: 'c' }]));
    const pairs = fileOf(lines(PAIRS));
    const config = fileOf(
      `{
        "$schema": "train.schema.json",
        "model": ${JSON.stringify(MODEL)}, // where it starts
        "train": ${JSON.stringify(pairs)},
        "numTrainEpochs": 7, "perDeviceTrainBatchSize": 4,
        "output": ${JSON.stringify(output)},
      }`,
      'train.json',
    );
    const { code, stdout, stderr } = await runHere(
      ['train', config, '--num-train-epochs', '1', '--retrieval', folder, '--eval', pairs].concat(
        '--logging-steps',
        '1',
      ),
    );
    expect(stderr).toMatch(/^step 1\/2: loss /);
    expect([code, stdout.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^trained in 2 steps and [\d.]+ s, mean loss [\d.]+$/),
    ]);
    expect(stdout).toMatch(/\n {2}eval_dot_ndcg@10 1\n/);
    expect(stdout).toContain(`\nsaved: ${output}/final\nnext:\n  sparse-encoder encode ${output}/final `);
    const model = await SparseEncoder.load(join(output, 'final'));
    await model.dispose();
    expect(readdirSync(output).toSorted()).toEqual([
      'checkpoint-2',
      'environment.json',
      'eval',
      'final',
      'metrics.jsonl',
    ]);
    const again = await runHere(['train', config]);
    expect([again.code, again.stderr]).toEqual([
      2,
      `${output} holds a run; resume it with --resume, or train into another folder\n`,
    ]);
  });

  it('goes on with --resume, prints JSON, and is quiet', async () => {
    const [pairs, output] = [fileOf(lines(PAIRS)), newFolder()];
    const train = (...more: string[]): Promise<CommandResult> =>
      runHere([
        'train',
        '--model',
        MODEL,
        '--train',
        pairs,
        '--output',
        output,
        '--quiet',
        '--json',
        ...more,
      ]);
    const first = await train('--max-steps', '2');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(jsonOf(first)).toMatchObject({ steps: 2, output: join(output, 'final'), metrics: {} });
    expect(jsonOf(await train('--max-steps', '3', '--resume'))).toMatchObject({ steps: 3 });
  });

  it.each([
    ['csr', { text: 'a', label: [1, 2] }, 'SparseMSELoss: labels have shape [2, 2]'],
    [
      'splade-bert',
      { query: 'a', positive: 'b', negative: 'c', scores: [2, 1] },
      'document_regularizer_loss',
    ],
  ])('chooses the loss of %s by the data', async (name, row, told) => {
    const output = newFolder();
    const data = fileOf(lines([row, row]));
    const { stderr } = await runHere(
      ['train', '--model', modelFixture(name), '--train', data, '--output', output].concat([
        '--max-steps',
        '1',
        '--logging-steps',
        '1',
      ]),
    );
    expect(stderr).toContain(told);
  });

  it('reads the checkpoint that it goes on from once to compare its hashes', async () => {
    const [pairs, output] = [fileOf(lines(PAIRS)), newFolder()];
    const args = ['train', '--model', MODEL, '--train', pairs, '--output', output, '--quiet'];
    await runHere([...args, '--max-steps', '1']);
    const read = vi.spyOn(fs, 'readFile');
    syncBuiltinESMExports();
    try {
      expect(await runHere([...args, '--max-steps', '2', '--resume'])).toMatchObject({ code: 0 });
      const manifests = read.mock.calls.filter(([path]) => (path as string).endsWith('manifest.json'));
      expect(manifests).toEqual([[join(output, 'checkpoint-1', 'manifest.json'), 'utf8']]);
    } finally {
      read.mockRestore();
      syncBuiltinESMExports();
    }
  });
});

describe('--init', () => {
  test('writes a configuration that train takes, and replaces none', async () => {
    const path = join(temporaryFolder(), 'train.json');
    expect(await runHere(['train', '--init', path])).toMatchObject({ code: 0 });
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n').filter((line) => line.length > 80 && !line.includes('$schema'))).toEqual([]);
    const schema = /"\$schema": "(.*)"/.exec(text)?.[1] ?? '';
    expect(existsSync(join(path, '..', schema))).toBe(true);
    const every = fileOf(text.replaceAll(/^ {2}\/\/ ("\w+": )/gm, '  $1'), 'every.json');
    for (const config of [path, every]) {
      const { code, stderr } = await runHere(['train', config]);
      expect([code, stderr]).toEqual([2, 'there is no file train.jsonl\n']);
    }
    const again = await runHere(['train', '--init', path]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists')]);
  });
});

describe('bad input ends with 2, says what is wrong, and writes nothing', () => {
  let folder = '';
  let pairs = '';
  let exportedModel = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-train-'));
    pairs = join(folder, 'pairs.jsonl');
    writeFileSync(pairs, lines(PAIRS));
    exportedModel = (await exported('splade-bert')).folder;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const scored = { sentence1: 'a', sentence2: 'b', score: 'good' };

  test.each<[what: string, args: () => string[], told: RegExp]>([
    ['no settings', () => [], /^train needs --model: a folder, or a model id/],
    ['a configuration that is not there', () => ['no.json'], /^there is no file no\.json\n$/],
    [
      'a configuration that is not JSON',
      () => [fileOf('{\n  // a comment\n  "model": x\n}', 'c.json')],
      /c\.json:3:12: not valid JSON/,
    ],
    ['a list', () => [fileOf('[]', 'c.json')], /expected an object of settings/],
    [
      'an unknown setting',
      () => [fileOf('{"lerningRate": 1}', 'c.json')],
      /c\.json has no option "lerningRate"; did you mean "learningRate"\?/,
    ],
    ['an unknown flag', () => ['--lerning-rate', '1'], /Did you mean --learning-rate\?/],
    [
      'a setting of the wrong type',
      () => [fileOf('{"model": "a", "train": 3, "output": "c"}', 'c.json')],
      /train .*3; expected a file, a list of files/,
    ],
    [
      'contradictions',
      () => ['--train', pairs, '--model', MODEL, '--load-best-model-at-end'],
      /load-best-model-at-end needs an .*eval-strategy/,
    ],
    ['no file', () => ['--train', 'no.jsonl', '--model', MODEL], /^there is no file no\.jsonl\n$/],
    ['an empty file', () => ['--train', fileOf(''), '--model', MODEL], /has no rows/],
    [
      'a file that ends in the middle',
      () => ['--train', fileOf(lines(PAIRS).slice(0, -9)), '--model', MODEL],
      /pairs\.jsonl:8:\d+: not valid JSON/,
    ],
    [
      'mixed files',
      () => ['--train', fileOf(lines([...PAIRS, { text: 'a' }])), '--model', MODEL],
      /pairs\.jsonl:9.*anchor/,
    ],
    [
      'numbers where texts belong',
      () => ['--train', fileOf(lines([{ anchor: 1, positive: 2 }])), '--model', MODEL],
      /pairs\.jsonl:1.*anchor.*1/,
    ],
    [
      'labels of the wrong type',
      () => ['--train', fileOf(lines([scored])), '--model', MODEL],
      /pairs\.jsonl:1.*score.*"good"/,
    ],
    [
      'columns that fit no format',
      () => ['--train', fileOf(lines([{ text: 'a' }])), '--model', MODEL],
      /1 column of texts without labels\. No loss takes this data\./,
    ],
    [
      'a loss that does not fit',
      () => ['--train', pairs, '--model', MODEL, '--loss', 'SparseTripletLoss'],
      /SparseTripletLoss does not take.*fits SparseMultipleNegativesRankingLoss/,
    ],
    [
      'an unknown loss',
      () => ['--train', pairs, '--model', MODEL, '--loss', 'SpladLoss'],
      /there is no loss "SpladLoss"; did you mean "SpladeLoss"\?/,
    ],
    [
      'an unknown option of a loss',
      () => ['--train', pairs, '--model', MODEL, '--loss', '{"name": "SpladeLoss", "wieght": 1}'],
      /SpladeLoss has no option "wieght"/,
    ],
    [
      'a weight of another loss',
      () => ['--train', pairs, '--model', MODEL, '--loss', 'CSRLoss', '--query-regularizer-weight', '1'],
      /--query-regularizer-weight is for SpladeLoss/,
    ],
    ['no model', () => ['--train', pairs, '--model', 'no/such/model'], /there is no folder no\/such\/model/],
    ['an exported model', () => ['--train', pairs, '--model', exportedModel], /export/],
    [
      'a folder without a run to go on with',
      () => ['--train', pairs, '--model', MODEL, '--resume'],
      /there is no folder .* to resume from/,
    ],
  ])('%s', async (_what, args, told) => {
    const given = args();
    const output = join(folder, 'run');
    const own = given.includes('--train') ? ['--output', output] : [];
    const { code, stdout, stderr } = await runHere(['train', ...given, ...own]);
    expect(stderr).toMatch(told);
    expect([code, stdout, existsSync(output)]).toEqual([2, '', false]);
  });

  test('an output that holds something else, or a checkpoint of another model', async () => {
    const taken = newFolder();
    mkdirSync(taken);
    writeFileSync(join(taken, 'thesis.txt'), 'mine');
    const train = (model: string, ...more: string[]): Promise<CommandResult> =>
      runHere(['train', '--train', pairs, '--model', modelFixture(model), '--output', taken, ...more]);
    const { code, stderr } = await train('splade-bert');
    expect([code, stderr]).toEqual([2, `${taken} is not empty; train into a new folder\n`]);
    expect(readdirSync(taken)).toEqual(['thesis.txt']);

    const run = newFolder();
    const own = ['--output', run, '--quiet'];
    await train('splade-bert', ...own, '--max-steps', '1');
    const before = readdirSync(run);
    const other = await train('splade-electra', ...own, '--max-steps', '2', '--resume');
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/checkpoint of another model/)]);
    expect(readdirSync(run)).toEqual(before);
  });
});

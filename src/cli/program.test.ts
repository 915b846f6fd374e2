import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { recordingLoads } from '../testing/recording-loads.js';
import { runCommand, runHere } from '../testing/run-command.js';
import { program } from './program.js';

const NAMES = program().commands.map((command) => command.name());

describe('--help', () => {
  test('is there for every command, with examples and exit codes', async () => {
    const helps = await Promise.all(
      [[], ...NAMES.map((name) => [name])].map((args) => runCommand([...args, '--help'])),
    );
    for (const [index, { code, stdout, stderr }] of helps.entries()) {
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^Usage: sparse-encoder /);
      expect(stdout).toContain(
        index === 0 ? '$ sparse-encoder inspect' : `  $ sparse-encoder ${NAMES[index - 1]}`.slice(4),
      );
      expect(stdout).toMatch(
        /\nExit codes: 0 fine; 1 a finding; 2 wrong use or bad input; 3 the environment\n[^.]*; 70 a\s+fault of this program; 130 interrupted\.\n/,
      );
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(code).toBe(0);
    }
    expect(NAMES).toEqual([
      'encode',
      'similarity',
      'explain',
      'inspect',
      'mine',
      'convert',
      'train',
      'evaluate',
      'report',
      'sweep',
      'export',
      'verify',
      'push',
      'formats',
    ]);
  });

  test('loads nothing but the parser of the command line', async () => {
    const loads = join(temporaryFolder(), 'loads');
    const { code } = await runCommand(['encode', '--help'], {
      node: ['--import', recordingLoads(loads)],
      sources: true,
    });
    expect(code).toBe(0);
    const loaded = readFileSync(loads, 'utf8');
    expect(loaded).toContain('/src/cli/program.ts');
    const packages = new Set(loaded.match(/(?<=\/node_modules\/)(?:@[^/]+\/)?[^/\n]+/g));
    for (const ofTheTests of ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
      packages.delete(ofTheTests);
    }
    expect([...packages]).toEqual(['commander']);
    expect(loaded.match(/(?<=\/src\/)[^\n]+/g)?.toSorted()).toEqual([
      'arguments.ts',
      'cli/command.ts',
      'cli/data-commands.ts',
      'cli/evaluate-command.ts',
      'cli/export-commands.ts',
      'cli/main.ts',
      'cli/program.ts',
      'cli/push-command.ts',
      'cli/report-command.ts',
      'cli/sweep-command.ts',
      'cli/train-command.ts',
      'cli/train/described.ts',
      'cli/train/settings.ts',
      'counted.ts',
      'data/input-formats.ts',
      'datasets/files/dataset-format.ts',
      'datasets/on-error.ts',
      'datasets/samplers/names.ts',
      'describe.ts',
      'encoder/encode-rules.ts',
      'encoder/hub/push-options.ts',
      'engine-names.ts',
      'errors.ts',
      'evaluation/retrieval-task.ts',
      'evaluators/sweep-options.ts',
      'export/formats.ts',
      'export/options.ts',
      'export/verification/verify-options.ts',
      'is-tensor.ts',
      'mining/convert/options.ts',
      'mining/options.ts',
      'options.ts',
      'printable.ts',
      'progress-line.ts',
      'shell/exit-codes.ts',
      'shell/flag.ts',
      'shell/help-text.ts',
      'shell/interruptible.ts',
      'shell/new-command.ts',
      'shell/run-command.ts',
      'shell/tell.ts',
      'trainer/compared-metric.ts',
      'trainer/guards/target.ts',
      'trainer/scheduler-types.ts',
      'trainer/training-arguments.ts',
      'training/learning-rates.ts',
      'training/optimizer-options.ts',
      'training/reduce-lr-on-plateau.ts',
      'training/sgd.ts',
      'version.ts',
    ]);
  });
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('wrong use ends with 2 and says what was meant', () => {
  test.each([
    [['encoed'], /unknown command 'encoed'\n\(Did you mean encode\?\)/],
    [
      ['encode', 'model', '--batchsize', '3'],
      /unknown option '--batchsize'\n\(Did you mean --batch-size\?\)/,
    ],
    [
      ['encode', 'model', '--batch-size', '0'],
      /'--batch-size <n>' argument '0' is invalid\. Expected a whole number of at least 1\./,
    ],
    [['encode', 'model', '--batch-size', '1.5'], /argument '1\.5' is invalid/],
    [
      ['encode', 'model', '--threads', '100000'],
      /argument '100000' is invalid\. Expected a whole number from 1 to 1024\./,
    ],
    [
      ['encode', 'model', '--output', 'a', '--force', '--resume'],
      /'--resume' cannot be used with option '--force'/,
    ],
    [['encode', 'model', '--task', 'passage'], /Allowed choices are query, document\./],
    [['encode', 'model', '--engine', 'webgl'], /Allowed choices are onnx, cpu, tensorflow\./],
    [
      ['encode', 'model', '--format', 'solr'],
      /^there is no format "solr"; there are jsonl, jsonl-tokens, qdrant, /,
    ],
    [['encode'], /missing required argument 'model'/],
    [['encode', 'model', 'another'], /too many arguments/],
    [
      ['inspect', 'no/such/model'],
      /^there is no folder no\/such\/model, and it is not a model id of the hub either \(organization\/name\)\n$/,
    ],
    [
      ['inspect', 'package.json'],
      /^package\.json is a file; expected the folder of a model, or a model id of the hub\n$/,
    ],
    [
      ['inspect', 'src'],
      /^src has neither modules\.json nor config\.json; expected the folder of a model\n$/,
    ],
    [
      ['inspect', 'src', '--engine', 'cpu', '--threads', '2'],
      /^--threads is for the onnx engine, not for cpu\n$/,
    ],
    [
      ['similarity', 'model', 'one text'],
      /^similarity takes either two or more texts \(or --texts\), or both --queries and --documents\n$/,
    ],
    [['explain', 'model', 'a'], /^explain takes a query and a document, each as a text or as a file/],
    [['explain', 'model', 'a', 'b', 'c'], /^explain takes a query and a document/],
    [
      ['explain', 'model', '--query-file', '-', '--document-file', '-'],
      /^standard input can be the query or the document, not both\n$/,
    ],
    [['similarity', 'model', '--queries', 'a.jsonl'], /^similarity takes either two or more texts/],
    [['similarity', 'model', 'a', 'b', '--queries', 'a', '--documents', 'b'], /^similarity takes either/],
    [
      ['similarity', 'model', '--queries', '-', '--documents', '-'],
      /^standard input can be the queries or the documents, not both\n$/,
    ],
    [['similarity', 'model', '--queries', 'no.jsonl', '--documents', '-'], /^there is no file no\.jsonl\n$/],
    [['encode', 'model', '--input', 'no.jsonl'], /^there is no file no\.jsonl\n$/],
    [['encode', 'model', '--input', 'src'], /^src is a folder; expected a file of lines\n$/],
    [['encode', 'model', '--output', 'src'], /^src is a folder; expected a file to write\n$/],
    [
      ['encode', 'model', '--output', 'no/such/folder/a'],
      /^there is no folder no\/such\/folder; make it before/,
    ],
  ])('%j', async (args, told) => {
    const { code, stdout, stderr } = await runHere(args);
    expect(stderr).toMatch(told);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('of the process too', async () => {
    const { code, stdout, stderr } = await runCommand(['inspect', 'no/such/model']);
    expect(stderr).toMatch(/^there is no folder no\/such\/model/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('a model id that is not available ends with 3, in one line', async () => {
  const env = { HF_ENDPOINT: 'http://127.0.0.1:9', HF_HUB_CACHE: temporaryFolder(), HF_HUB_OFFLINE: '' };
  const { code, stdout, stderr } = await runCommand(['inspect', 'organization/model'], { env });
  expect(stderr).toMatch(
    /^there is no folder organization\/model, and organization\/model cannot be downloaded from the hub: no connection \(.*\)\n$/,
  );
  expect(stdout).toBe('');
  expect(code).toBe(3);
});

import type { Command } from 'commander';
import { ENCODE_RULES } from '../encoder/encode-rules.js';
import { ENGINE_RULES } from '../engine-names.js';
import { addFlags } from '../shell/flag.js';
import { subcommand } from '../shell/new-command.js';
import { MODEL } from './command.js';
import type { EvaluateCommandOptions } from './commands/evaluate.js';

/** Adds `evaluate`. */
export function addEvaluateCommand(root: Command): void {
  const evaluating = subcommand(root, 'evaluate', {
    description: 'Measure how well models find relevant documents, and what a search costs.',
    notes: [
      'A task is a folder in the layout of BEIR: corpus.jsonl and queries.jsonl with',
      'lines {"_id", "text"}, and qrels/test.tsv with query-id, corpus-id and score.',
      'Several tasks also give their mean; several models are compared with the first',
      'one by a paired randomization test.',
    ].join('\n'),
    examples: [
      'sparse-encoder evaluate path/to/model --task path/to/scifact',
      'sparse-encoder evaluate path/to/model exported --task scifact --task nfcorpus',
      'sparse-encoder evaluate path/to/model --task scifact --json results.json',
    ],
  })
    .argument('<models...>', MODEL)
    .requiredOption('--task <folder>', 'a task; may be given several times', collected)
    .option('--split <name>', 'which file of qrels to read (default: the only one, or test)');
  addFlags(evaluating, ENCODE_RULES, {
    batchSize: 'texts that go through the model together',
    maxActiveDims: 'keep the n largest weights of each text',
  });
  addFlags(evaluating, ENGINE_RULES, {
    engine: 'what computes',
    threads: 'threads of the onnx engine (default: one for each core)',
  })
    .option('--json [file]', 'print JSON, or write it to this file beside the tables')
    .option('--force', 'replace that file if it exists')
    .action(async (models: string[], options: EvaluateCommandOptions) => {
      const { evaluateCommand } = await import('./commands/evaluate.js');
      await evaluateCommand(models, options);
    });
}

const collected = (folder: string, folders: readonly string[] = []): readonly string[] => [
  ...folders,
  folder,
];

import { Argument, type Command, Option } from 'commander';
import { ENGINE_RULES } from '../engine-names.js';
import { SWEEP_RULES } from '../evaluators/sweep-options.js';
import { addFlags } from '../shell/flag.js';
import { MODEL, plainCommand } from './command.js';
import type { SweepCommandOptions } from './commands/sweep.js';

/** `sweep`. */
export function addSweepCommand(root: Command): void {
  const sweep = plainCommand(root, 'sweep', {
    description: 'Show what sparsity costs: nDCG beside expected FLOPs and search time.',
    notes: [
      '',
      'Either truncates the embeddings of a model in several ways, or trains models',
      'by a configuration of train with one setting varied. Runs in the output folder',
      'that are complete are not trained again.',
      '',
    ].join('\n'),
    examples: [
      'sparse-encoder sweep path/to/model --task path/to/task --svg sweep.svg',
      'sparse-encoder sweep run/final --task path/to/task --results run/sweep.json',
      'sparse-encoder sweep path/to/model --task path/to/task --max-active-dims 32,64,128 --truncate documents',
      'sparse-encoder sweep --config train.json --vary documentRegularizerWeight=0.01,0.03,0.1 --output runs --task path/to/task',
    ],
  })
    .addArgument(new Argument('[model]', MODEL))
    .requiredOption('--task <folder>', 'a retrieval task: queries.jsonl, corpus.jsonl and qrels')
    .option('--config <file>', 'train models by this configuration instead')
    .option('--vary <setting=n,...>', 'the setting that differs, and its values')
    .option('--output <folder>', 'the folder for the runs, one for each value')
    .addOption(new Option('--svg <file>', 'draw nDCG against expected FLOPs and search time'))
    .option('--results <file>', 'write the figures; report shows those of sweep.json in a run')
    .option('--force', 'replace these files if they exist');
  addFlags(sweep, SWEEP_RULES, {
    maxActiveDims: 'limits of active dimensions',
    ratios: "keep weights above these shares of a text's largest",
    truncate: 'what is truncated',
    k: 'how many documents of a ranking count',
    batchSize: 'texts that go through the model together',
  });
  addFlags(sweep, ENGINE_RULES, {
    engine: 'what computes',
    threads: 'threads of the onnx engine (default: one for each core)',
  }).action(async (model: string | undefined, options: SweepCommandOptions) => {
    const { sweepCommand } = await import('./commands/sweep.js');
    await sweepCommand(model, options);
  });
}

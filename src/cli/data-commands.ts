import { type Command, Option } from 'commander';
import { DATASET_FORMATS } from '../datasets/files/dataset-format.js';
import { CONVERT_RULES } from '../mining/convert/options.js';
import { MINING_RULES } from '../mining/options.js';
import { addFlags } from '../shell/flag.js';
import { command, listed, plainCommand } from './command.js';
import type { ConvertCommandOptions } from './commands/convert.js';
import type { MineCommandOptions } from './commands/mine.js';

/** Commands that make training data. */
export function addDataCommands(root: Command): void {
  const mine = command(root, 'mine', {
    description: 'Find hard negatives for pairs of queries and positives.',
    notes: [
      'Every document is searched, exactly. Rows with the same query are positives of',
      'one query. Limits apply to the scores of the model, or to those of --scores:',
      'mine many candidates as labeled-pair, let a cross-encoder score them, and mine',
      'again with its scores.',
    ].join('\n'),
    examples: [
      'sparse-encoder mine path/to/model --input pairs.jsonl --output triplets.jsonl',
      'sparse-encoder mine path/to/model --input pairs.jsonl --corpus corpus.jsonl --output mined.jsonl --output-format n-tuple --num-negatives 5 --relative-margin 0.05',
      'sparse-encoder mine path/to/model --input pairs.jsonl --output mined.jsonl --resume',
    ],
  })
    .requiredOption('--input <file>', 'pairs: JSONL, JSON, CSV, TSV or Parquet')
    .addOption(
      new Option('--input-format <name>', 'format of the pairs (default: by name)').choices(DATASET_FORMATS),
    )
    .option('--corpus <file>', 'texts that can be negatives, besides the positives')
    .option(
      '--scores <file>',
      'scores of pairs, such as a cross-encoder gives, with the columns of the pairs',
    )
    .option('--score-column <name>', 'the column of these scores', 'score')
    .option('--output <file>', 'where the rows go, as JSONL; - is standard output', '-')
    .option('--force', 'replace the output if it exists, and the partial output of a run that stopped')
    .addOption(new Option('--resume', 'continue a run into this output that stopped').conflicts('force'));
  addFlags(mine, MINING_RULES, {
    anchorColumnName: 'the column of the queries (default: the first)',
    positiveColumnName: 'the column of the positives (default: the second)',
    numNegatives: 'negatives of each query',
    outputFormat: 'what a row is (default: triplet)',
    outputScores: 'also write scores',
    rangeMin: 'skip the n best candidates',
    rangeMax: 'consider the n best candidates (default: as many as are needed)',
    maxScore: 'the highest score of a negative',
    minScore: 'the lowest score of a negative',
    absoluteMargin: "how far a negative's score is below the positives'",
    relativeMargin: "the same as a share of the positives' lowest score",
    samplingStrategy: 'take the best candidates, or random ones',
    seed: 'seed of the random ones',
    includePositives: 'let positives be candidates, for a full ranking',
    similarityFnName: 'what scores compare (default: as the model)',
    queryPrompt: 'text to put before each query',
    queryPromptName: "one of the model's prompts, for queries",
    corpusPrompt: 'text to put before each document',
    corpusPromptName: "one of the model's prompts, for documents",
    batchSize: 'texts that go through the model together',
    maxActiveDims: 'keep the n largest weights of each text',
    cacheFolder: 'keep the encoded corpus in this folder for other runs',
  }).action(async (model: string, options: MineCommandOptions) => {
    const { mineCommand } = await import('./commands/mine.js');
    await mineCommand(model, options);
  });

  const convert = plainCommand(root, 'convert', {
    description: 'Convert training data from one format to another.',
    notes: [
      'Columns of labels are label, labels, score and scores; the others are texts,',
      'whose order counts and not their names. labeled-pair has a label of 1 or 0,',
      'labeled-list a list of texts with the positive first, class-text and class-pair',
      'have a class as label.',
    ].join('\n'),
    examples: [
      'sparse-encoder convert --from labeled-list --to triplet --input mined.jsonl --output triplets.jsonl',
      'sparse-encoder convert --from n-tuple --to margin-n-tuple --input scored.jsonl --output margins.jsonl',
      'sparse-encoder convert --from class-pair --to triplet --positive-class entailment --negative-class contradiction --input nli.csv --output triplets.jsonl',
    ],
  })
    .requiredOption('--input <file>', 'rows: JSONL, JSON, CSV, TSV or Parquet')
    .addOption(
      new Option('--input-format <name>', 'format of the file (default: by name)').choices(DATASET_FORMATS),
    )
    .option('--columns <names>', 'columns to read, in order, with commas between', listed)
    .option('--output <file>', 'where the rows go, as JSONL; - is standard output', '-')
    .option('--force', 'replace the output if it exists');
  addFlags(convert, CONVERT_RULES, {
    from: 'what the rows are',
    to: 'what they become',
    numNegatives: 'negatives of each n-tuple (default: all)',
    positiveFrom: 'for labeled-pair without labels: the lowest score of a positive',
    positiveClass: 'for class-pair: the class of positives',
    negativeClass: 'for class-pair: the class of negatives',
    seed: 'for class-text: seed of the random triplets',
  }).action(async (options: ConvertCommandOptions) => {
    const { convertCommand } = await import('./commands/convert.js');
    await convertCommand(options);
  });
}

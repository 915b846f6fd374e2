import { Command, CommanderError, Option } from 'commander';
import { packageVersion } from '../version.js';
import { command, EXIT_CODES, inputFormatOption, MODEL, plainCommand } from './command.js';
import type { EncodeCommandOptions } from './commands/encode.js';
import type { ExplainCommandOptions } from './commands/explain.js';
import type { InspectCommandOptions } from './commands/inspect.js';
import type { SimilarityCommandOptions } from './commands/similarity.js';
import { addExportCommands } from './export-commands.js';
import { examplesOf, HELP, meanings } from './help-text.js';
import { INPUT_FORMATS } from '../data/input-formats.js';
import { wholeNumber } from './numbers.js';

// What a command needs is loaded by the command: `--help` has to answer at once.

const EXAMPLES = [
  'sparse-encoder inspect path/to/model',
  'sparse-encoder encode path/to/model --input texts.jsonl --output embeddings.jsonl',
  'sparse-encoder export path/to/model --output exported',
  'sparse-encoder encode --help',
];
export function program(): Command {
  const root = new Command('sparse-encoder')
    .configureHelp(HELP)
    .description(
      'Encodes texts as sparse vectors (SPLADE, CSR, inference-free), compares and explains them, and exports the encoders to ONNX.',
    )
    .exitOverride()
    .showSuggestionAfterError()
    .option('-V, --version', 'print the version')
    .on('option:version', printVersion)
    .addHelpText('after', `\n${MODEL}\n${examplesOf(EXAMPLES)}\n${EXIT_CODES}`);

  command(root, 'encode', 'embeddings of texts, one line each', [
    'sparse-encoder encode path/to/model --input texts.jsonl --output embeddings.jsonl',
    'sparse-encoder encode path/to/model --input texts.txt --task query --format qdrant > points.jsonl',
    'echo "a text" | sparse-encoder encode path/to/model --format jsonl-tokens',
  ])
    .option('--input <file>', 'the texts; - is standard input', '-')
    .addOption(inputFormatOption())
    .option('--output <file>', 'where the lines go; - is standard output', '-')
    .option('--force', 'replace the output if it exists, and what an encode that stopped has left of it')
    .addOption(new Option('--resume', 'go on where an encode into this output stopped').conflicts('force'))
    .option(
      '--format <name>',
      'jsonl, jsonl-tokens, or what a search engine takes (`sparse-encoder formats`)',
      'jsonl',
    )
    .addOption(
      new Option('--task <name>', 'encode as queries or as documents').choices(['query', 'document']),
    )
    .option('--prompt <text>', 'put before each text')
    .option('--prompt-name <name>', "one of the model's prompts")
    .option('--batch-size <n>', 'texts at a time', wholeNumber(1), 32)
    .option('--max-active-dims <n>', 'keep the n largest weights of a text', wholeNumber(1))
    .option('--normalize', 'divide embeddings by their length')
    .addHelpText('after', meanings('Input formats', INPUT_FORMATS))
    .action(async (model: string, options: EncodeCommandOptions) => {
      const { encodeCommand } = await import('./commands/encode.js');
      await encodeCommand(model, options);
    });

  command(root, 'similarity', 'similarities of texts, or the best documents for each query', [
    'sparse-encoder similarity path/to/model "first text" "second text" "third text"',
    'sparse-encoder similarity path/to/model --queries queries.jsonl --documents documents.jsonl --top 5',
  ])
    .argument('[texts...]')
    .option('--texts <file>', 'two or more texts, in place of those on the command line')
    .option('--queries <file>', 'texts, or embeddings that encode wrote')
    .option('--documents <file>', 'texts, or embeddings that encode wrote')
    .addOption(inputFormatOption())
    .option('--top <n>', 'documents a query', wholeNumber(1), 10)
    .action(async (model: string, texts: string[], options: SimilarityCommandOptions) => {
      const { similarityCommand } = await import('./commands/similarity.js');
      await similarityCommand(model, texts, options);
    });

  command(root, 'explain', 'why a document has its score: matched terms, their shares, expansion terms', [
    'sparse-encoder explain path/to/model "who paints houses" "a decorator paints walls"',
    'sparse-encoder explain path/to/model "who paints houses" --document-file page.txt',
  ])
    .argument('[texts...]', 'a query and a document')
    .option('--query-file <file>', 'the query, in place of one on the command line')
    .option('--document-file <file>', 'the document, in place of one on the command line')
    .option('--top <n>', 'terms of each list', wholeNumber(1), 10)
    .action(async (model: string, texts: string[], options: ExplainCommandOptions) => {
      const { explainCommand } = await import('./commands/explain.js');
      await explainCommand(model, texts, options);
    });

  command(root, 'inspect', 'what a model is made of', [
    'sparse-encoder inspect path/to/model',
    'sparse-encoder inspect path/to/model --json',
  ]).action(async (model: string, options: InspectCommandOptions) => {
    const { inspectCommand } = await import('./commands/inspect.js');
    await inspectCommand(model, options);
  });

  addExportCommands(root);

  plainCommand(
    root,
    'formats',
    'what `encode --format` takes, and how each treats what its engine does not take',
    ['sparse-encoder formats', 'sparse-encoder formats --json'],
  ).action(async (options: { json?: boolean }) => {
    const { formatsCommand } = await import('./commands/formats.js');
    formatsCommand(options);
  });
  return root;
}

function printVersion(): never {
  const version = packageVersion();
  process.stdout.write(`${version}\n`);
  throw new CommanderError(0, 'commander.version', version);
}

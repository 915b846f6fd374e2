import { type Command, Option } from 'commander';
import { INPUT_FORMATS } from '../data/input-formats.js';
import { ENCODE_RULES } from '../encoder/encode-rules.js';
import { addFlags } from '../shell/flag.js';
import { meanings } from '../shell/help-text.js';
import { newCommand } from '../shell/new-command.js';
import { packageVersion } from '../version.js';
import { command, inputFormatOption, MODEL, plainCommand, topOption } from './command.js';
import type { EncodeCommandOptions } from './commands/encode.js';
import type { ExplainCommandOptions } from './commands/explain.js';
import type { InspectCommandOptions } from './commands/inspect.js';
import type { SimilarityCommandOptions } from './commands/similarity.js';
import { addDataCommands } from './data-commands.js';
import { addEvaluateCommand } from './evaluate-command.js';
import { addExportCommands } from './export-commands.js';
import { addPushCommand } from './push-command.js';
import { addReportCommand } from './report-command.js';
import { addSweepCommand } from './sweep-command.js';
import { addTrainCommand } from './train-command.js';

// Commands load what they need themselves, since `--help` has to answer at once.

export function program(): Command {
  const root = newCommand('sparse-encoder', {
    description:
      'Encodes texts as sparse vectors (SPLADE, CSR, inference-free), compares and explains them, and trains the encoders and exports them to ONNX.',
    notes: `A model is ${MODEL}.`,
    examples: [
      'sparse-encoder inspect path/to/model',
      'sparse-encoder encode path/to/model --input texts.jsonl --output embeddings.jsonl',
      'sparse-encoder export path/to/model --output exported',
      'sparse-encoder encode --help',
    ],
  }).version(packageVersion(), '-V, --version', 'print the version');

  const encode = command(root, 'encode', {
    description: 'Encode texts: one line for each embedding.',
    notes: meanings('Input formats', INPUT_FORMATS),
    examples: [
      'sparse-encoder encode path/to/model --input texts.jsonl --output embeddings.jsonl',
      'sparse-encoder encode path/to/model --input texts.txt --task query --format qdrant > points.jsonl',
      'echo "a text" | sparse-encoder encode path/to/model --format jsonl-tokens',
    ],
  })
    .option('--input <file>', 'the texts; - is standard input', '-')
    .addOption(inputFormatOption())
    .option('--output <file>', 'where the lines go; - is standard output', '-')
    .option('--force', 'replace the output if it exists, and the partial output of an encode that stopped')
    .addOption(new Option('--resume', 'continue an encode into this output that stopped').conflicts('force'))
    .option(
      '--format <name>',
      'jsonl, jsonl-tokens, or what a search engine takes (see `sparse-encoder formats`)',
      'jsonl',
    )
    .addOption(
      new Option('--task <name>', 'encode as queries or as documents').choices(['query', 'document']),
    );
  addFlags(encode, ENCODE_RULES, {
    prompt: 'text to put before each text',
    promptName: "one of the model's prompts",
    batchSize: 'texts that go through the model together',
    maxActiveDims: 'keep the n largest weights of each text',
    normalize: 'divide each embedding by its length',
  }).action(async (model: string, options: EncodeCommandOptions) => {
    const { encodeCommand } = await import('./commands/encode.js');
    await encodeCommand(model, options);
  });

  command(root, 'similarity', {
    description: 'Compare texts, or find the best documents for each query.',
    examples: [
      'sparse-encoder similarity path/to/model "first text" "second text" "third text"',
      'sparse-encoder similarity path/to/model --queries queries.jsonl --documents documents.jsonl --top 5',
    ],
  })
    .argument('[texts...]', 'texts to compare with each other')
    .option('--texts <file>', 'more texts to compare')
    .option('--queries <file>', 'queries: texts, or embeddings that encode wrote')
    .option('--documents <file>', 'documents: texts, or embeddings that encode wrote')
    .addOption(inputFormatOption())
    .addOption(topOption('documents to find for each query'))
    .action(async (model: string, texts: string[], options: SimilarityCommandOptions) => {
      const { similarityCommand } = await import('./commands/similarity.js');
      await similarityCommand(model, texts, options);
    });

  command(root, 'explain', {
    description: 'Explain a score: the matched terms, their shares, the expansion terms.',
    examples: [
      'sparse-encoder explain path/to/model "who paints houses" "a decorator paints walls"',
      'sparse-encoder explain path/to/model "who paints houses" --document-file page.txt',
      'sparse-encoder explain path/to/model "who paints houses" "a decorator paints walls" --html why.html',
    ],
  })
    .argument('[texts...]', 'a query and a document')
    .option('--query-file <file>', 'read the query from a file')
    .option('--document-file <file>', 'read the document from a file')
    .addOption(topOption('terms to list'))
    .option('--html <file>', 'draw the terms as bars in an HTML file')
    .option('--force', 'replace that file if it exists')
    .action(async (model: string, texts: string[], options: ExplainCommandOptions) => {
      const { explainCommand } = await import('./commands/explain.js');
      await explainCommand(model, texts, options);
    });

  command(root, 'inspect', {
    description: 'Show what a model is made of.',
    examples: ['sparse-encoder inspect path/to/model', 'sparse-encoder inspect path/to/model --json'],
  }).action(async (model: string, options: InspectCommandOptions) => {
    const { inspectCommand } = await import('./commands/inspect.js');
    await inspectCommand(model, options);
  });

  addDataCommands(root);
  addTrainCommand(root);
  addEvaluateCommand(root);
  addReportCommand(root);
  addSweepCommand(root);
  addExportCommands(root);
  addPushCommand(root);

  plainCommand(root, 'formats', {
    description: 'List the formats of `encode --format`: how each writes negative weights and empty texts.',
    examples: ['sparse-encoder formats', 'sparse-encoder formats --json'],
  }).action(async (options: { json?: boolean }) => {
    const { formatsCommand } = await import('./commands/formats.js');
    formatsCommand(options);
  });
  return root;
}

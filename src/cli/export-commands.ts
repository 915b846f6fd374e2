import { type Command, Option } from 'commander';
import { FORMATS, OPSETS, PRECISIONS, TARGETS } from '../export/formats.js';
import { command, EXIT_CODES, inputFormatOption, MODEL, threadsOption } from './command.js';
import type { ExportCommandOptions } from './commands/export.js';
import type { VerifyCommandOptions } from './commands/verify.js';
import { examplesOf, meanings } from './help-text.js';
import { wholeNumber } from './numbers.js';

/** `export` and `verify`. */
export function addExportCommands(root: Command): void {
  command(root, 'export', 'write the encoder as ONNX: one graph from token ids to the embedding, verified', [
    'sparse-encoder export path/to/model --output exported',
    'sparse-encoder export path/to/model --output exported --format all --verify texts.jsonl',
    'sparse-encoder export path/to/model --output exported --precision int8 --retrieval path/to/task',
  ])
    .requiredOption('--output <folder>', 'the folder to write')
    .addOption(
      new Option('--format <name>', 'what the graph gives').choices(Object.keys(FORMATS)).default('sparse'),
    )
    .addOption(
      new Option('--precision <name>', 'of weights and products')
        .choices(Object.keys(PRECISIONS))
        .default('fp32'),
    )
    .addOption(
      new Option('--target <name>', 'where it is to run').choices(Object.keys(TARGETS)).default('any'),
    )
    .option('--float-outputs', 'float32 outputs of precision fp16')
    .option(
      '--opset <n>',
      `operator set, ${OPSETS.oldest} to ${OPSETS.newest}`,
      wholeNumber(1),
      OPSETS.default,
    )
    .option('--max-active-dims <n>', 'keep the n largest weights of a text', wholeNumber(1))
    .option('--verify <file>', 'texts to try the files on, besides the built-in ones')
    .addOption(inputFormatOption())
    .option(
      '--retrieval <folder>',
      'queries.jsonl, corpus.jsonl and qrels.jsonl, on which rankings and speed are compared',
    )
    .option('--force', 'replace the output if it is an exported folder')
    .addHelpText(
      'after',
      meanings('Formats', FORMATS) + meanings('Precisions', PRECISIONS) + meanings('Targets', TARGETS),
    )
    .action(async (model: string, options: ExportCommandOptions) => {
      const { exportCommand } = await import('./commands/export.js');
      await exportCommand(model, options);
    });

  root
    .command('verify')
    .description('run ONNX files, of whatever tool, beside the encoder that they stand for')
    .argument('<path>', 'an exported folder, or an ONNX file')
    .requiredOption('--reference <model>', 'the encoder')
    .option('--texts <file>', 'texts to try the files on, besides the built-in ones')
    .addOption(inputFormatOption())
    .option('--route <name>', "route of the encoder's Router that a single file stands for")
    .addOption(
      new Option('--precision <name>', 'how to judge it; as the file says unless given').choices(
        Object.keys(PRECISIONS),
      ),
    )
    .option(
      '--retrieval <folder>',
      'queries.jsonl, corpus.jsonl and qrels.jsonl, on which rankings and speed are compared',
    )
    .option('--certificate <file>', 'also write what was found')
    .option('--force', 'replace the certificate if it exists')
    .option('--set-aside', 'rename files that fail to FILE.refused')
    .addOption(threadsOption('of ONNX Runtime; else as many as there are cores'))
    .option('--json', 'machine-readable output')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\n${MODEL}\n${examplesOf([
        'sparse-encoder verify exported --reference path/to/model',
        'sparse-encoder verify other/model.onnx --reference path/to/model --texts texts.jsonl --json',
      ])}\n${EXIT_CODES}`,
    )
    .action(async (path: string, options: VerifyCommandOptions) => {
      const { verifyCommand } = await import('./commands/verify.js');
      await verifyCommand(path, options);
    });
}

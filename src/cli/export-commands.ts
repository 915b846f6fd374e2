import type { Command } from 'commander';
import { ENGINE_RULES } from '../engine-names.js';
import { FORMATS, OPSETS, PRECISIONS, TARGETS } from '../export/formats.js';
import { EXPORT_RULES } from '../export/options.js';
import { VERIFY_RULES } from '../export/verification/verify-options.js';
import { addFlags } from '../shell/flag.js';
import { meanings } from '../shell/help-text.js';
import { command, inputFormatOption, MODEL, plainCommand } from './command.js';
import type { ExportCommandOptions } from './commands/export.js';
import type { VerifyCommandOptions } from './commands/verify.js';

const RETRIEVAL = 'compare rankings and speed on the queries.jsonl, corpus.jsonl and qrels of this folder';
const TEXTS = 'texts to try the files on, besides the built-in ones';

/** `export` and `verify`. */
export function addExportCommands(root: Command): void {
  const exporting = command(root, 'export', {
    description: 'Write the encoder as ONNX, one graph from token ids to the embedding, and verify it.',
    notes: [
      meanings('Formats', FORMATS),
      meanings('Precisions', PRECISIONS),
      meanings('Targets', TARGETS),
    ].join(''),
    examples: [
      'sparse-encoder export path/to/model --output exported',
      'sparse-encoder export path/to/model --output exported --format all --verify texts.jsonl',
      'sparse-encoder export path/to/model --output exported --precision int8 --retrieval path/to/task',
    ],
  }).requiredOption('--output <folder>', 'the folder to write');
  addFlags(exporting, EXPORT_RULES, {
    format: 'what the graph gives',
    precision: 'precision of weights and products',
    target: 'where it is to run',
    floatOutputs: 'float32 outputs of precision fp16',
    opset: `operator set, ${OPSETS.oldest} to ${OPSETS.newest}`,
    maxActiveDims: 'keep the n largest weights of each text',
  })
    .option('--verify <file>', TEXTS)
    .addOption(inputFormatOption())
    .option('--retrieval <folder>', RETRIEVAL)
    .option('--force', 'replace the output if it is an exported folder')
    .action(async (model: string, options: ExportCommandOptions) => {
      const { exportCommand } = await import('./commands/export.js');
      await exportCommand(model, options);
    });

  const verifying = plainCommand(root, 'verify', {
    description: 'Run ONNX files, made by any tool, and compare them with their encoder.',
    examples: [
      'sparse-encoder verify exported --reference path/to/model',
      'sparse-encoder verify other/model.onnx --reference path/to/model --texts texts.jsonl --json',
    ],
  })
    .argument('<path>', 'an exported folder, or an ONNX file')
    .requiredOption('--reference <model>', `the encoder: ${MODEL}`)
    .option('--texts <file>', TEXTS)
    .addOption(inputFormatOption());
  addFlags(verifying, VERIFY_RULES, {
    route: "the route of the encoder's Router that a single file stands for",
    precision: 'how to judge the files (default: as the files say)',
  })
    .option('--retrieval <folder>', RETRIEVAL)
    .option('--certificate <file>', 'also write the results to this file')
    .option('--force', 'replace the certificate if it exists')
    .option('--set-aside', 'rename files that fail to FILE.refused');
  addFlags(verifying, ENGINE_RULES, {
    threads: 'threads of ONNX Runtime (default: one for each core)',
  }).action(async (path: string, options: VerifyCommandOptions) => {
    const { verifyCommand } = await import('./commands/verify.js');
    await verifyCommand(path, options);
  });
}

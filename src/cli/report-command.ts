import type { Command } from 'commander';
import { ENGINE_RULES } from '../engine-names.js';
import { addFlags } from '../shell/flag.js';
import { inputFormatOption, MODEL, plainCommand } from './command.js';
import type { ReportCommandOptions } from './commands/report.js';

/** `report`. */
export function addReportCommand(root: Command): void {
  const report = plainCommand(root, 'report', {
    description: 'Write one HTML file about a training run: curves, texts, worst queries, data.',
    notes: [
      '',
      'The file loads nothing from elsewhere. A run that was cut off is reported with',
      'what is there. Texts and queries are encoded by the trained model, or by the',
      'newest checkpoint.',
      '',
    ].join('\n'),
    examples: [
      'sparse-encoder report run',
      'sparse-encoder report run --task path/to/task --base path/to/base --output report.html',
      'sparse-encoder report run --texts texts.txt --force',
    ],
  })
    .argument('<run>', 'the folder that train has written')
    .option('--output <file>', 'the file to write (default: report.html in the folder)')
    .option('--task <folder>', 'show the worst queries of this retrieval task')
    .option('--texts <file>', 'show the strongest terms of the first 12 of these texts')
    .addOption(inputFormatOption())
    .option('--base <model>', `show what texts were before, too: ${MODEL}`)
    .option('--sweep <file>', 'figures of a sweep (default: sweep.json in the folder, if it is there)')
    .option('--force', 'replace the output if it exists');
  addFlags(report, ENGINE_RULES, {
    engine: 'what computes',
    threads: 'threads of the onnx engine (default: one for each core)',
  }).action(async (run: string, options: ReportCommandOptions) => {
    const { reportCommand } = await import('./commands/report.js');
    await reportCommand(run, options);
  });
}

import { type Command, Option } from 'commander';
import { ENGINE_RULES } from '../engine-names.js';
import { addFlags, longFlag } from '../shell/flag.js';
import { listed, plainCommand } from './command.js';
import type { TrainCommandOptions } from './commands/train.js';
import { DESCRIBED } from './train/described.js';
import { TRAIN_RULES, type TrainSettings } from './train/settings.js';

/** Adds `train`. Each of its settings is both a flag and a name in a configuration. */
export function addTrainCommand(root: Command): void {
  const training = plainCommand(root, 'train', {
    description: 'Train an encoder, and save it as a folder that sentence-transformers opens.',
    notes:
      'A configuration is a JSON file, which may have comments, with the settings by\ntheir names in camelCase. Flags override it. The model is saved in OUTPUT/final.',
    examples: [
      'sparse-encoder train --init',
      'sparse-encoder train train.json',
      'sparse-encoder train --model path/to/model --train pairs.jsonl --output run',
      'sparse-encoder train train.json --resume',
    ],
  }).argument('[config]', 'a configuration');
  const names = Object.keys(TRAIN_RULES) as (keyof TrainSettings)[];
  for (const name of names) {
    // Several files are given by several flags.
    if (name === 'train') training.option('--train <file>', DESCRIBED.train, collected);
    else if (name === 'columns') training.option('--columns <names>', DESCRIBED.columns, listed);
    else addFlags(training, TRAIN_RULES, { [name]: DESCRIBED[name] });
    if (TRAIN_RULES[name].written === 'flag') {
      training.addOption(new Option(longFlag(name).replace('--', '--no-')).hideHelp());
    }
  }
  addFlags(training, ENGINE_RULES, {
    threads: 'threads of the onnx engine (default: one for each core)',
  })
    .option('--resume', 'resume from the newest checkpoint in the output')
    .option('--quiet', 'print nothing during training')
    .option('--replay <file>', 'compute a step that was not finite again, from the file that the run wrote')
    .option('--init', 'write a configuration to fill in (default: train.json)')
    .action(async (config: string | undefined, options: TrainCommandOptions) => {
      // Flags that were not given hold defaults, which would override the configuration.
      const given = names.filter((name) => training.getOptionValueSource(name) === 'cli');
      const values: Readonly<Record<string, unknown>> = training.opts();
      const settings = Object.fromEntries(given.map((name) => [name, values[name]]));
      const { trainCommand } = await import('./commands/train.js');
      await trainCommand(config, options, settings);
    });
}

const collected = (file: string, files: readonly string[] = []): readonly string[] => [...files, file];

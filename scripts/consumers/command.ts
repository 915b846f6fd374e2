import { type Command, InvalidArgumentError } from 'commander';
import { wrapped } from '../../src/shell/help-text.js';
import { newCommand } from '../../src/shell/new-command.js';
import type { Consumer } from './consumer.js';
import { CONSUMERS, type ConsumerName } from './consumers.js';

export interface ConsumersOptions {
  readonly model: readonly string[];
  readonly reference: string;
  readonly texts?: string;
  readonly chromium?: string;
  readonly screenshot?: string;
  readonly json: boolean;
}

const NAMES = Object.keys(CONSUMERS) as ConsumerName[];

function consumerName(name: string, before: readonly string[] = []): string[] {
  if (Object.hasOwn(CONSUMERS, name)) return [...new Set([...before, name])];
  throw new InvalidArgumentError(`Allowed choices are ${NAMES.join(', ')}.`);
}

export function consumersCommand(
  action: (names: readonly ConsumerName[], options: ConsumersOptions) => Promise<void>,
): Command {
  return newCommand('consumers', {
    description:
      'Opens an exported model in the runtimes and libraries that take one, and compares with the encoder itself.',
    notes: `${consumersHelp()}\n\n${PACKAGES}`,
    examples: [
      'npm run consumers -- --model exported --reference path/to/model',
      'npm run consumers -- onnxruntime-web --model exported --reference path/to/model --screenshot .',
    ],
    exitCodes: {
      fine: 'all agree',
      finding: 'one differs or fails',
      environment: 'what a consumer needs is not on this machine',
    },
  })
    .argument('[names...]', 'consumers to try (default: all)', consumerName)
    .requiredOption(
      '--model <folder>',
      'an exported folder; may be given several times',
      (folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder],
    )
    .requiredOption('--reference <model>', 'the model that was exported, a folder or a model id of the hub')
    .option('--texts <file>', 'other texts than the usual ones: lines, or lines of JSON')
    .option('--chromium <path>', 'the browser (default: the first on PATH)')
    .option('--screenshot <folder>', 'put a picture of the page there, of each model and back end')
    .option('--json', 'print the result as JSON', false)
    .action((names: readonly ConsumerName[], options: ConsumersOptions) =>
      action(names.length === 0 ? NAMES : names, options),
    );
}

function consumersHelp(): string {
  const width = Math.max(...NAMES.map((name) => name.length));
  const lines = NAMES.map((name) => {
    const { summary, formats, spladeOnly }: Consumer = CONSUMERS[name];
    const models = spladeOnly ? '; SPLADE' : '';
    return `  ${name.padEnd(width)}  ${summary} (${formats.join(', ')}${models})`;
  });
  return ['Consumers, and the formats that they take:', ...lines].join('\n');
}

const PACKAGES = wrapped(
  'Packages of consumers are installed below .cache when they are first asked for; they need 2.5 GB in all. A model that no consumer takes is wrong use.',
);

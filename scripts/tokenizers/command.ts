import type { Command } from 'commander';
import { newCommand } from '../../src/shell/new-command.js';
import { countOption, seedOption } from '../programs/options.js';

export interface TokenizersOptions {
  readonly lines: number;
  readonly seed: number;
  readonly record: boolean;
  readonly json: boolean;
}

export function tokenizersCommand(action: (options: TokenizersOptions) => Promise<void>): Command {
  return newCommand('tokenizers', {
    description:
      'Compares token ids of awkward texts with those of transformers, for every kind of tokenizer.',
    examples: ['npm run tokenizers -- --lines 2000', 'npm run tokenizers -- --record'],
    exitCodes: {
      fine: 'no difference',
      finding: 'a difference',
      environment: 'the Python reference is not available',
    },
  })
    .addOption(countOption('--lines <n>', 'texts for each of the main kinds; the others get a tenth', 20_000))
    .addOption(seedOption('the texts', 1))
    .option('--record', 'write the sample that npm test compares with, and end', false)
    .option('--json', 'print the result as JSON', false)
    .action(action);
}

import { Command } from 'commander';
import { wholeNumber } from '../../src/cli/numbers.js';

export interface TokenizersOptions {
  readonly lines: number;
  readonly seed: number;
  readonly record: boolean;
  readonly json: boolean;
}

const BELOW = 2 ** 31;

export function tokenizersCommand(action: (options: TokenizersOptions) => Promise<void>): Command {
  return new Command('tokenizers')
    .description(
      'Compares token ids of awkward texts with those of transformers, for every kind of tokenizer.',
    )
    .option(
      '--lines <n>',
      'texts for each of the main kinds; the others get a tenth',
      wholeNumber(1, BELOW),
      20_000,
    )
    .option('--seed <n>', 'what the texts are made from', wholeNumber(1, BELOW), 1)
    .option('--record', 'write the sample that npm test compares with, and end', false)
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .action(action);
}

const HELP = `
Examples:
  $ npm run tokenizers -- --lines 2000
  $ npm run tokenizers -- --record

Exit codes: 0 no difference, 1 a difference, 2 wrong use, 3 the Python reference is not available, 130 interrupted.`;

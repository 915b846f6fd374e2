import { Command, Option } from 'commander';
import { wholeNumber } from '../../src/cli/numbers.js';
import { type Area, AREAS } from './areas.js';

export interface AttackOptions {
  readonly only: Area[];
  readonly quick: boolean;
  readonly seed: number;
  readonly json?: string;
}

const DEFAULT_SEED = 20261130;
const BELOW = 2 ** 31;

export function attackCommand(action: (options: AttackOptions) => Promise<void>): Command {
  const areas = new Option('--only <areas...>', 'only these areas').choices(AREAS);
  return new Command('attack')
    .description(
      'Attacks the package, area by area, in processes of bounded time and memory, and says what came through.',
    )
    .addOption(areas.default([...AREAS], 'all'))
    .option('--quick', 'a short run, in less than a minute', false)
    .option('--seed <n>', 'what the random choices are made from', wholeNumber(0, BELOW), DEFAULT_SEED)
    .option('--json <file>', 'also write the result as JSON')
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .action(action);
}

const HELP = `
Examples:
  $ npm run attack -- --quick
  $ npm run attack -- --only lifecycle --seed 7 --json attacks.json

Peak MB is the most memory of a process beyond what it takes when idle.

Exit codes: 0 all held, 1 an attack came through, or an area ran nothing, 2 wrong use, 3 no process
can be started, 130 interrupted.`;

import { type Command, Option } from 'commander';
import { newCommand } from '../../src/shell/new-command.js';
import { seedOption } from '../programs/options.js';
import { type Area, AREAS } from './areas.js';

export interface AttackOptions {
  readonly only: Area[];
  readonly quick: boolean;
  readonly seed: number;
  readonly json?: string;
}

const DEFAULT_SEED = 20261130;

export function attackCommand(action: (options: AttackOptions) => Promise<void>): Command {
  const areas = new Option('--only <areas...>', 'only these areas').choices(AREAS);
  return newCommand('attack', {
    description:
      'Attacks the package, area by area, in processes of bounded time and memory, and says what came through.',
    notes: 'Peak MB is the most memory of a process beyond what it takes when idle.',
    examples: [
      'npm run attack -- --quick',
      'npm run attack -- --only lifecycle --seed 7 --json attacks.json',
    ],
    exitCodes: {
      fine: 'all held',
      finding: 'an attack came through, or an area ran nothing',
      environment: 'no process can be started',
    },
  })
    .addOption(areas.default([...AREAS], 'all'))
    .option('--quick', 'a short run, in less than a minute', false)
    .addOption(seedOption('the random choices', DEFAULT_SEED))
    .option('--json <file>', 'also write the result as JSON')
    .action(action);
}

import { Argument, type Command } from 'commander';
import { countWithin } from '../../src/options.js';
import { flag } from '../../src/shell/flag.js';
import { wrapped } from '../../src/shell/help-text.js';
import { newCommand } from '../../src/shell/new-command.js';
import { DOCUMENTS, QUERIES } from '../models/data.js';
import type { SearchEngine } from './engine.js';
import { SEARCH_ENGINES, type SearchEngineName } from './engines.js';

export interface SearchEnginesOptions {
  readonly model?: string;
  readonly documents: number;
  readonly queries: number;
  readonly python: string;
  readonly json: boolean;
}

export type SearchEnginesAction = (
  names: readonly SearchEngineName[],
  options: SearchEnginesOptions,
) => Promise<void>;

export function searchEnginesCommand(action: SearchEnginesAction): Command {
  const names = Object.keys(SEARCH_ENGINES);
  return newCommand('search-engines', {
    description:
      'Feeds search engines with embeddings of WordNet, and compares what they find with exact scoring.',
    notes: notes(),
    examples: [
      'npm run search-engines',
      'npm run search-engines -- pglite qdrant --model path/to/model --documents 1000',
    ],
    exitCodes: { finding: 'a ranking differs', environment: 'the environment (Python, pip, network)' },
  })
    .addArgument(new Argument('[name...]', 'engines').choices(names).default(names, 'all'))
    .option(
      '--model <model>',
      'a folder or a model id (default: the trained SPLADE model if there is one, else a tiny one)',
    )
    .addOption(flag('--documents <n>', 'the first n definitions', countWithin(1, DOCUMENTS, DOCUMENTS)))
    .addOption(flag('--queries <n>', 'the first n words', countWithin(1, QUERIES, QUERIES)))
    .option(
      '--python <path>',
      'a Python 3.10 or newer with pip; nothing is installed into its own environment',
      process.env['SPARSE_ENCODER_PYTHON'] || 'python3',
    )
    .option('--json', 'print the result as JSON', false)
    .action(action);
}

function notes(): string {
  const engines = Object.entries<SearchEngine>(SEARCH_ENGINES).map(
    ([name, { title, packages, megabytes, stored }]) =>
      [
        `  ${name}: ${title}`,
        ...(packages.length === 0
          ? []
          : [`    needs Python; installs ${packages.join(' and ')} on first use (${megabytes} MB)`]),
        ...(stored === undefined ? [] : [`    stores ${stored.title}`]),
      ].join('\n'),
  );
  const judged = wrapped(
    "An engine's first 10 documents of a score above 0 must be those of exact scoring of the weights that it stores, and so must their scores, up to the rounding of a sum in float32: documents whose scores are that near to each other may change places. Recall is measured against exact scoring of the weights as the encoder gives them.",
  );
  return `Engines:\n${engines.join('\n')}\n\n${judged}`;
}

/** Models made by the reference: real ones for benchmarks and checks, tiny ones for tests. npm run make-models */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { UsageError } from '../src/errors.js';
import { numberAbove } from '../src/options.js';
import { packageRoot } from '../src/package-root.js';
import { withPercent } from '../src/progress.js';
import { environmentsFolder } from '../src/python/managed-environment.js';
import { wantsColour } from '../src/shell/colours.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { makeBackbone, makeTinyModels, trainModel } from './models/make.js';
import { FAMILIES, type Family, metricsTable } from './models/metrics.js';
import type { ScriptProgress } from './models/python-progress.js';
import { writeModelData } from './models/write-data.js';
import { pythonOption, referencePython } from './programs/options.js';

const TINY = join(packageRoot(), 'fixtures', 'models');
const BACKBONE = join(packageRoot(), 'fixtures', 'quickstart');

interface Options {
  only?: string[];
  minutes?: number;
  again: boolean;
  tiny: boolean;
  backbone: boolean;
  list: boolean;
  out?: string;
  python?: string;
}

function chosen<Name extends string>(only: readonly string[] | undefined, names: readonly Name[]): Name[] {
  const unknown = only?.filter((name) => !names.some((known) => known === name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`no model "${unknown.join('", "')}"; there are ${names.join(', ')}`);
  }
  return names.filter((name) => only === undefined || only.includes(name));
}

async function main(options: Options): Promise<void> {
  if (options.tiny) return makeTiny(options);
  if (options.backbone) return makeTheBackbone(options);
  const folder = options.out ?? join(environmentsFolder(), 'models');
  if (options.list) {
    const table = metricsTable(folder, wantsColour());
    process.stdout.write(`${table ?? `no model in ${folder}; npm run make-models makes them`}\n`);
    return;
  }
  await trainAll(folder, chosen(options.only, FAMILIES), options);
}

async function trainAll(folder: string, families: readonly Family[], options: Options): Promise<void> {
  const isThere = (family: Family): boolean => existsSync(join(folder, family));
  const missing = families.filter((family) => options.again || !isThere(family));
  if (missing.includes('inference-free') && !missing.includes('splade') && !isThere('splade')) {
    throw new UsageError(
      'inference-free starts from the trained splade model; make that first, with --only splade inference-free',
    );
  }
  mkdirSync(folder, { recursive: true });
  writeModelData(folder);
  const python = missing.length === 0 ? '' : await referencePython(options);
  const { minutes } = options;
  for (const family of missing) {
    // oxlint-disable-next-line no-await-in-loop -- one model has all processors
    await withBar(family, (onProgress) =>
      trainModel(family, { python, folder, ...(minutes === undefined ? {} : { minutes }) }, onProgress),
    );
  }
  process.stdout.write(`${metricsTable(folder, wantsColour())}\n`);
}

async function makeTiny(options: Options): Promise<void> {
  const known = readdirSync(TINY).filter((name) => existsSync(join(TINY, name, 'expected.json')));
  const names = options.only === undefined ? [] : chosen(options.only, known);
  const folder = options.out ?? TINY;
  const python = await referencePython(options);
  await withBar('tiny', (onProgress) => makeTinyModels(python, folder, names, onProgress));
  const wanted = names.length === 0 ? known : names;
  const missing = wanted.filter((name) => !existsSync(join(folder, name, 'expected.json')));
  if (missing.length > 0) throw new Error(`the reference ended without making ${missing.join(', ')}`);
  process.stdout.write(`${names.length === 0 ? 'all' : names.join(', ')} in ${folder}\n`);
}

async function makeTheBackbone(options: Options): Promise<void> {
  const folder = join(environmentsFolder(), 'models');
  mkdirSync(folder, { recursive: true });
  writeModelData(folder);
  const out = options.out ?? BACKBONE;
  const python = await referencePython(options);
  await withBar('backbone', (onProgress) => makeBackbone(python, { folder, out }, onProgress));
  process.stdout.write(`${out}\n`);
}

function withBar(name: string, make: (onProgress: (p: ScriptProgress) => void) => Promise<void>) {
  return withPercent((tell) => make(({ what, done }) => tell(`${name}: ${what}`, done)));
}

await runCommand(() =>
  newCommand('make-models', {
    description:
      'Lets the reference train a model of each family from the weights of all-MiniLM-L6-v2 on WordNet (.cache/models), or makes the tiny models of fixtures/models, or the backbone of fixtures/quickstart.',
    notes: `Models: ${FAMILIES.join(', ')}.`,
    examples: [
      'npm run make-models -- --only splade --minutes 10',
      'npm run make-models -- --tiny',
      'npm run make-models -- --backbone',
    ],
    exitCodes: { fine: 'made', environment: 'the environment (Python)' },
  })
    .option('--only <name...>', 'only these models')
    .addOption(flag('--minutes <n>', 'longest training of each (default: no limit)', numberAbove(0)))
    .option('--again', 'also models that are there already', false)
    .addOption(
      new Option('--list', 'show what was made')
        .default(false)
        .conflicts(['tiny', 'only', 'minutes', 'again']),
    )
    .addOption(
      new Option('--tiny', 'the models of fixtures/models, with random weights')
        .default(false)
        .conflicts('minutes'),
    )
    .addOption(
      new Option('--backbone', 'the small backbone that the quickstart trains, of the same weights')
        .default(false)
        .conflicts(['tiny', 'only', 'minutes', 'again', 'list']),
    )
    .option('--out <folder>', 'another folder for them')
    .addOption(pythonOption())
    .action(main),
);

import { readFileSync } from 'node:fs';
import { suiteCells } from '../../parity/suite.js';
import { DATA_FORMATS, WRAPPERS } from '../../src/api/losses.js';
import { MODULE_KINDS } from '../../src/modules/catalog.js';
import { ARCHITECTURES } from '../../src/modules/transformer/architectures.js';
import { requirementsFile } from '../../src/python/requirements.js';
import { code, markdownTable } from './table.js';

/** A loss of the report that represents a user's own. */
const OWN_LOSS = 'LogisticMarginLoss';

/** The version of the reference that everything is compared with. */
export function referenceVersion(): string {
  const requirements = readFileSync(requirementsFile(), 'utf8');
  const [, version] = /^sentence-transformers==(\S+)$/m.exec(requirements) ?? [];
  if (version === undefined) throw new Error('src/python/requirements.in does not pin sentence-transformers');
  return version;
}

/** Every loss that is compared with the reference's loss of the same name: the rows of the parity report. */
export const LOSS_NAMES: readonly string[] = [
  ...new Set(suiteCells().map(({ loss }) => loss)),
  ...Object.keys(WRAPPERS),
].filter((name) => name !== OWN_LOSS);

/** Every module that can be loaded, run and saved, by the name of the reference's class. */
export const MODULE_NAMES: readonly string[] = MODULE_KINDS.map(({ name }) => name);

export function lossCompatibility(): string {
  const formats: readonly string[] = DATA_FORMATS.map(({ id }) => id);
  const wrappers = Object.keys(WRAPPERS);
  const rows = LOSS_NAMES.map((name) => {
    const cells = suiteCells().filter(({ loss }) => loss === name);
    const ids = [...new Set(cells.map(({ format }) => format.id))].filter((id) => formats.includes(id));
    const isWrapped = wrappers.every((each) => cells.some(({ wrapper }) => wrapper === each));
    if (wrappers.includes(name)) {
      return [code(name), 'those of its base loss', 'around each loss that has data formats'];
    }
    return [
      code(name),
      ids.join(', ') || 'outputs of the model',
      isWrapped ? 'alone and in each wrapper' : 'alone',
    ];
  });
  return markdownTable(['loss', 'data formats', 'compared'], rows);
}

export function moduleCompatibility(): string {
  const rows = MODULE_KINDS.map(({ name, path }) => [
    code(name),
    code(`${path.replace(/\.[^.]*$/, '')}.${name}`),
    name === 'Transformer' ? `\`model_type\` ${Object.keys(ARCHITECTURES).join(', ')}` : '',
  ]);
  return markdownTable(['module', "the reference's class", 'kinds'], rows);
}

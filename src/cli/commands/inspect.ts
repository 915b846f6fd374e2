import { grouped } from '../../counted.js';
import { describeModule } from '../../encoder/model-card.js';
import { leavesOf } from '../../encoder/module-tree.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { printable } from '../../printable.js';
import { wrapped } from '../../shell/help-text.js';
import { oneLine } from '../../shell/table.js';
import { type CommonOptions, openModel } from '../open-model.js';

export type InspectCommandOptions = CommonOptions;

/** `sparse-encoder inspect`: the parts of a model. */
export async function inspectCommand(modelPath: string, options: InspectCommandOptions): Promise<void> {
  const facts = factsOf(await openModel(modelPath, options));
  process.stdout.write(options.json === true ? `${JSON.stringify(facts, null, 2)}\n` : renderFacts(facts));
}

type Facts = ReturnType<typeof factsOf>;

function factsOf(model: SparseEncoder) {
  const sizes = leavesOf(model.modules).map(({ module, path }) => ({
    module: `${path} ${module.kind.name}`,
    parameters: module.parameters.entries().reduce((sum, [, { size }]) => sum + size, 0),
  }));
  return {
    modules: model.modules.flatMap((module) => describeModule(module, '')),
    parameters: sizes.reduce((sum, { parameters }) => sum + parameters, 0),
    parametersByModule: sizes.filter(({ parameters }) => parameters > 0),
    dimensions: model.dimension ?? null,
    maxSeqLength: Number.isFinite(model.maxSeqLength) ? model.maxSeqLength : null,
    vocabulary: model.tokenizer.vocabularySize,
    maxActiveDims: model.maxActiveDims,
    similarity: model.similarityFnName,
    prompts: Object.fromEntries(model.prompts),
    defaultPrompt: model.defaultPromptName,
  };
}

const LONGEST_PROMPT = 60;

/** Names on the left, their values on the right. */
function renderFacts(facts: Facts): string {
  const prompts = Object.entries(facts.prompts).map(
    ([name, text]) => `${name}: ${JSON.stringify(oneLine(text, LONGEST_PROMPT))}`,
  );
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['modules', facts.modules],
    ['parameters', [grouped(facts.parameters)]],
    ['', facts.parametersByModule.map(({ module, parameters }) => `${grouped(parameters)} in ${module}`)],
    [
      'dimensions',
      [facts.dimensions === null ? 'not known before a text is encoded' : grouped(facts.dimensions)],
    ],
    ['longest text', [facts.maxSeqLength === null ? 'no limit' : `${grouped(facts.maxSeqLength)} tokens`]],
    ['vocabulary', [`${grouped(facts.vocabulary)} tokens`]],
    [
      'active dimensions',
      [facts.maxActiveDims === null ? 'no limit' : `at most ${grouped(facts.maxActiveDims)}`],
    ],
    ['similarity', [facts.similarity]],
    ['prompts', prompts.length === 0 ? ['none'] : prompts],
    ['default prompt', [facts.defaultPrompt ?? 'none']],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.flatMap(([name, values]) =>
    values.map((value, index) =>
      wrapped(printable(`${(index === 0 ? name : '').padEnd(width)}  ${value}`), ' '.repeat(width + 4)),
    ),
  );
  return `${lines.join('\n')}\n`;
}

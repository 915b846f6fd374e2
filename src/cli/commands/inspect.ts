import { describeModule } from '../../encoder/model-card.js';
import { leavesOf } from '../../encoder/module-tree.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { type CommonOptions, openModel } from '../open-model.js';

export type InspectCommandOptions = CommonOptions;

/** `sparse-encoder inspect`: what a model is made of. */
export async function inspectCommand(modelPath: string, options: InspectCommandOptions): Promise<void> {
  const facts = factsOf(await openModel(modelPath, options));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    Array.isArray(value)
      ? [`${name}:`, ...value.map((line) => `  ${String(line)}`)]
      : [`${name}: ${typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)}`],
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

function factsOf(model: SparseEncoder): Record<string, unknown> {
  const { tokenizer } = model;
  const sizes = leavesOf(model.modules).map(({ module, path }) => ({
    module: `${path} ${module.kind.name}`,
    parameters: module.parameters.entries().reduce((sum, [, { size }]) => sum + size, 0),
  }));
  return {
    modules: model.modules.flatMap((module) => describeModule(module, '')),
    parameters: sizes.reduce((sum, { parameters }) => sum + parameters, 0),
    parametersByModule: sizes
      .filter(({ parameters }) => parameters > 0)
      .map(({ module, parameters }) => `${module}: ${parameters}`),
    dimensions: model.dimension ?? null,
    maxSeqLength: Number.isFinite(model.maxSeqLength) ? model.maxSeqLength : null,
    vocabulary: tokenizer.vocabularySize,
    maxActiveDims: model.maxActiveDims,
    similarity: model.similarityFnName,
    prompts: Object.fromEntries(model.prompts),
    defaultPrompt: model.defaultPromptName,
  };
}

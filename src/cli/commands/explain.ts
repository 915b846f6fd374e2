import { explain } from '../../sparse/explain.js';
import { formatExplanation } from '../../sparse/format-explanation.js';
import { wantsColour } from '../colours.js';
import { wrapped } from '../help-text.js';
import { type CommonOptions, openModel } from '../open-model.js';

export interface ExplainCommandOptions extends CommonOptions {
  readonly top: number;
}

/** `sparse-encoder explain`: the terms that a score is made of. */
export async function explainCommand(
  modelPath: string,
  query: string,
  document: string,
  options: ExplainCommandOptions,
): Promise<void> {
  const model = await openModel(modelPath, options);
  const explanation = explain(
    await model.encodeQuery(query),
    await model.encodeDocument(document),
    model.tokenizer,
    {
      queryIds: (await model.tokenize([query], { task: 'query' })).flat(),
      documentIds: (await model.tokenize([document], { task: 'document' })).flat(),
      unmatched: options.top,
    },
  );
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(explanation)}\n`);
    return;
  }
  const text = formatExplanation(explanation, { colour: wantsColour(), limit: options.top });
  const lines = text.split('\n').map((line) => wrapped(line, '  '));
  process.stdout.write(`${lines.join('\n')}\n`);
}

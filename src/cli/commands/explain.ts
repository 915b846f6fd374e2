import { checkInput, linesOf, STANDARD } from '../../data/lines.js';
import { OptionError } from '../../errors.js';
import { writeTextWhole } from '../../files/write-file.js';
import { wantsColour } from '../../shell/colours.js';
import { wrapped } from '../../shell/help-text.js';
import { explainScore, type ScoreExplanation } from '../../sparse/explain.js';
import { formatExplanation } from '../../sparse/format-explanation.js';
import { checkOutput } from '../check-output.js';
import { explainPage } from '../explain-page.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { summaryOf, tellSummary } from '../summary.js';

export interface ExplainCommandOptions extends CommonOptions {
  /** Files with one text each, instead of texts on the command line. */
  readonly queryFile?: string;
  readonly documentFile?: string;
  readonly top: number;
  /** An HTML file to write besides. */
  readonly html?: string;
  readonly force?: boolean;
}

/** `sparse-encoder explain`: the terms that make up a score. */
export async function explainCommand(
  modelPath: string,
  given: readonly string[],
  options: ExplainCommandOptions,
): Promise<void> {
  const [query, document] = await twoTexts(given, options);
  const { html, force } = options;
  if (html !== undefined) await checkOutput(html, { inputs: [modelPath], force });
  const model = await openModel(modelPath, options);
  const begin = performance.now();
  let cut = 0;
  const onTruncate = (): void => void cut++;
  const explanation = explainScore(
    await model.encodeQuery(query, { onTruncate }),
    await model.encodeDocument(document, { onTruncate }),
    model.tokenizer,
    {
      queryIds: (await model.tokenize([query], { task: 'query' })).flat(),
      documentIds: (await model.tokenize([document], { task: 'document' })).flat(),
      unmatched: options.top,
    },
  );
  const seconds = (performance.now() - begin) / 1000;
  if (html !== undefined) await writeTextWhole(html, explainPage({ query, document, explanation }));
  process.stdout.write(
    options.json === true ? `${JSON.stringify(explanation)}\n` : inWords(explanation, options.top),
  );
  const inputs = [summaryOf([query, document], { input: undefined, cut })];
  tellSummary({ inputs, seconds }, options.json);
}

function inWords(explanation: ScoreExplanation, limit: number): string {
  const text = formatExplanation(explanation, { colour: wantsColour(), limit });
  const lines = text.split('\n').map((line) => wrapped(line, '  '));
  return `${lines.join('\n')}\n`;
}

/** @throws OptionError unless there are exactly a query and a document */
async function twoTexts(
  given: readonly string[],
  { queryFile, documentFile }: ExplainCommandOptions,
): Promise<readonly [string, string]> {
  if (queryFile === STANDARD && documentFile === STANDARD) {
    throw new OptionError('standard input can be the query or the document, not both');
  }
  const rest = [...given];
  const query = queryFile === undefined ? rest.shift() : await textIn(queryFile);
  const document = documentFile === undefined ? rest.shift() : await textIn(documentFile);
  if (query !== undefined && document !== undefined && rest.length === 0) return [query, document];
  throw new OptionError(
    'explain takes a query and a document, each as a text or as a file (--query-file, --document-file)',
  );
}

async function textIn(path: string): Promise<string> {
  await checkInput(path);
  const lines: string[] = [];
  for await (const line of linesOf(path)) lines.push(line);
  return lines.join('\n');
}

import { counted } from '../counted.js';
import { INPUTS, OUTPUTS } from '../encoder/exported/onnx-names.js';
import type { ValueInfo } from '../onnx/model.js';
import type { Certificate, FileVerdict } from './certificate.js';
import type { ExportedRoute } from './export-route.js';
import { FORMATS, PRECISIONS, type Target, TARGETS } from './formats.js';
import { describePooling, logitsPooling, poolWithNumpy } from './logits-pooling.js';
import { QUERY_WEIGHTS_FILE } from './query-weights.js';
import { servingSections } from './serving-sections.js';
import { ERROR_UNIT } from './verification/compare.js';

/** The facts on the card of an exported folder. */
export interface ExportCardFacts {
  readonly certificate: Certificate;
  readonly target: Target;
  readonly routes: readonly ExportedRoute[];
  /** The modules and their settings, one per line. */
  readonly modules: readonly string[];
  readonly similarity: string;
  readonly hasQueryWeights: boolean;
}

/** README.md of an exported folder: its files, the results of their verification, and their use. */
export function exportCard(facts: ExportCardFacts): string {
  const { certificate, target, routes, modules, similarity, hasQueryWeights } = facts;
  const { source, license, format, precision, opset } = certificate;
  return `---
${license === null ? '' : `license: ${license}\n`}tags:
- sparse-encoder
- sparse
- onnx
pipeline_tag: feature-extraction
---

# ${source ?? 'Sparse encoder'} as ONNX

From token ids to the sparse embedding in one graph. Embeddings are compared by ${similarity} similarity.

- Format \`${format}\`: ${format === null ? 'unknown' : FORMATS[format]}.
- Precision \`${precision}\`: ${PRECISIONS[precision]}. Operator set ${opset}.
- Target \`${target}\`: ${TARGETS[target]}.

\`\`\`
${modules.join('\n')}
\`\`\`

${routes.map((route) => routeSection(route)).join('\n\n')}
${hasQueryWeights ? `\nA query needs no graph: its embedding has each of its tokens once, with the weight of \`${QUERY_WEIGHTS_FILE}\`.\n` : ''}
## Verified

Made by sparse-encoder ${certificate.made['sparse-encoder']} and run by onnxruntime-node ${certificate.made['onnxruntime-node']} on ${certificate.texts.builtIn + certificate.texts.given} texts (and on ${certificate.texts.pairs} pairs if it takes token types) for comparison with the encoder that it was exported from. All results are in \`certificate.json\`.

| file | output | MiB | worst error of a weight | allowed | terms on one side only | smallest cosine | verdict |
|---|---|---|---|---|---|---|---|
${certificate.files.map(verdictRow).join('\n')}

Errors are ${ERROR_UNIT}.
${rankingSection(certificate)}
${usage(facts)}${routes.map((route) => servingSections(route)).join('')}`;
}

function rankingSection({ ranking }: Certificate): string {
  if (ranking === undefined) return '';
  const { ndcgAt10, overlapAt10, queries, documents, textsPerSecond } = ranking;
  return `
On ${counted(queries, 'query', 'queries')} and ${counted(documents, 'document')} nDCG@10 is ${ndcgAt10.exported.toFixed(4)} (of the encoder ${ndcgAt10.encoder.toFixed(4)}); of the encoder's ten best documents ${(100 * overlapAt10).toFixed(1)} percent are among the ten best here; ${(textsPerSecond.exported / textsPerSecond.encoder).toFixed(2)} times the encoder's texts a second.
`;
}

function routeSection(route: ExportedRoute): string {
  const { name, task, file, model, input, prompt, tokenizerFolder } = route;
  const { inputs, outputs } = model.graph;
  const pooling = logitsPooling(route);
  const limit = Number.isFinite(input.maxLength)
    ? `at most ${input.maxLength} tokens a text`
    : 'texts of any length';
  const special = input.addSpecialTokens ? 'special tokens are added' : 'no special tokens are added';
  return `## \`${file}\`${name === undefined ? '' : ` (${takers(task, name)})`}

| | name | type | shape |
|---|---|---|---|
${inputs.map((each) => valueRow('input', each)).join('\n')}
${outputs.map((each) => valueRow('output', each)).join('\n')}

Token ids by \`${tokenizerFolder}tokenizer.json\`: ${limit}; ${special}${prompt === '' ? '' : `; the text begins with ${JSON.stringify(prompt)}`}. Padding has 0 in \`${INPUTS.attentionMask}\`.${pooling === undefined ? '' : `\n\n${describePooling(pooling)}${name === undefined ? TRANSFORMERS_JS : ''}`}`;
}

/** The texts that take a route. */
function takers(task: string | undefined, route: string): string {
  if (task === 'query') return 'queries';
  return task === 'document' ? 'documents' : `route ${route}`;
}

/** transformers.js would need an option for a file with another name. */
const TRANSFORMERS_JS =
  " transformers.js finds the file as `dtype: 'fp32'`, its name for a file without a suffix, whatever the precision.";

function valueRow(kind: string, { name, type, dims }: ValueInfo): string {
  return `| ${kind} | \`${name}\` | ${type} | [${dims.join(', ')}] |`;
}

function verdictRow({ path, outputs, bytes, agreement, failures }: FileVerdict): string {
  const cells = [
    path,
    outputs,
    (bytes / 2 ** 20).toFixed(1),
    ...agreementCells(agreement),
    failures.length === 0 ? 'passed' : 'failed',
  ];
  return `| ${cells.join(' | ')} |`;
}

function agreementCells(agreement: FileVerdict['agreement']): (string | number)[] {
  if (agreement === null) return ['no embeddings', '', '', ''];
  const { worstError, allowedError, supportDifferences, cosine } = agreement;
  return [
    worstError.toExponential(1),
    allowedError === null ? 'no bound' : allowedError.toExponential(1),
    supportDifferences,
    cosine.least.toFixed(6),
  ];
}

/** One snippet each for Node, the browser and Python, for the route that documents take. */
function usage({ routes }: ExportCardFacts): string {
  const route = routes.find(({ task }) => task === 'document') ?? routes[0];
  if (route === undefined) return '';
  const names = route.model.graph.outputs.map(({ name }) => name);
  const feeds = route.model.graph.inputs.map(({ name }) => name);
  const pooling = logitsPooling(route);
  const javascript = reading(names, JAVASCRIPT);
  const python = reading(names, {
    ...PYTHON,
    logits: pooling === undefined ? '' : `print(${poolWithNumpy(pooling)}.nonzero())`,
  });
  const limit = Number.isFinite(route.input.maxLength)
    ? `tokenizer.enable_truncation(${route.input.maxLength})\n`
    : '';
  const text = JSON.stringify(`${route.prompt}a text`);
  const { addSpecialTokens } = route.input;
  return `${names[0] === OUTPUTS.logits && names.length === 1 ? '' : NODE}## Browser

\`\`\`js
import * as ort from 'onnxruntime-web';
import { Tokenizer } from '@huggingface/tokenizers';

const json = async (name) => (await fetch(\`folder/\${name}\`)).json();
const tokenizer = new Tokenizer(
  await json('${route.tokenizerFolder}tokenizer.json'),
  await json('${route.tokenizerFolder}tokenizer_config.json'),
);
const session = await ort.InferenceSession.create('folder/${route.file}');
const { ids } = tokenizer.encode(${text}${addSpecialTokens ? '' : ', { add_special_tokens: false }'});
const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
const outputs = await session.run({
${feeds.map((name) => `  ${name}: tensor(${javascriptFeed(name)}),`).join('\n')}
});
${javascript}
\`\`\`

## Python

\`\`\`python
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("folder/${route.tokenizerFolder}tokenizer.json")
${limit}session = onnxruntime.InferenceSession("folder/${route.file}")
ids = np.array([tokenizer.encode(${text}${addSpecialTokens ? '' : ', add_special_tokens=False'}).ids], dtype=np.int64)
outputs = dict(zip(
    [output.name for output in session.get_outputs()],
    session.run(None, {${feeds.map((name) => `"${name}": ${pythonFeed(name)}`).join(', ')}}),
))
${python}
\`\`\`
`;
}

const NODE = `## Node

\`\`\`ts
import { SparseEncoder } from 'sparse-encoder';

const model = await SparseEncoder.load('path/to/this/folder');
const embeddings = await model.encodeDocument(['a first text', 'a second one']);
console.log(model.decode(embeddings, 10));
\`\`\`

`;

const JAVASCRIPT = {
  sparse: 'console.log(outputs.indices.data, outputs.values.data);',
  dense: 'console.log(outputs.sentence_embedding.data);',
  logits: '// Pool these as described above.\nconsole.log(outputs.logits.dims);',
} as const;

const PYTHON = {
  sparse: 'print(dict(zip(outputs["indices"].tolist(), outputs["values"].tolist())))',
  dense: 'print(outputs["sentence_embedding"][0].nonzero())',
} as const;

function reading(
  names: readonly string[],
  by: Readonly<Record<'sparse' | 'dense' | 'logits', string>>,
): string {
  if (names.includes(OUTPUTS.indices)) return by.sparse;
  return names.includes(OUTPUTS.dense) ? by.dense : by.logits;
}

function javascriptFeed(name: string): string {
  return name === INPUTS.inputIds ? 'ids' : `ids.map(() => ${name === INPUTS.attentionMask ? 1 : 0})`;
}

function pythonFeed(name: string): string {
  if (name === INPUTS.inputIds) return 'ids';
  return name === INPUTS.attentionMask ? 'np.ones_like(ids)' : 'np.zeros_like(ids)';
}

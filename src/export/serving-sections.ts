import { INPUTS, OUTPUTS } from '../encoder/exported/onnx-names.js';
import { spladePoolingKind } from '../modules/splade-pooling.js';
import type { ExportedRoute } from './export-route.js';
import { logitsPooling } from './logits-pooling.js';

/**
 * For a card: how to configure search engines that run models themselves, for each that can run a route's graph.
 * Written from their documentation and sources; no servers were available.
 */
export function servingSections(route: ExportedRoute): string {
  const modelType = route.modules.find(({ modelConfig }) => modelConfig !== undefined)?.modelConfig?.[
    'model_type'
  ];
  const isSplade = route.modules.some(({ kind }) => kind === spladePoolingKind);
  // Both name dimensions by the tokens of a vocabulary, and neither puts a prompt before texts.
  if (!isSplade || typeof modelType !== 'string' || route.prompt !== '') return '';
  const { inputs, outputs } = route.model.graph;
  const graph: ServedGraph = {
    model: route.file,
    tokenizer: `${route.tokenizerFolder}tokenizer.json`,
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
  };
  return [vespa(graph, route), openSearch(graph, route.dimensions, modelType)]
    .flatMap((section) => (section === undefined ? [] : [`\n${section}`]))
    .join('');
}

interface ServedGraph {
  /** The path within the exported folder. */
  readonly model: string;
  readonly tokenizer: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Vespa takes logits and pools them itself by max and log(1 + relu). It feeds all three inputs, whatever the graph
 * takes.
 * https://docs.vespa.ai/en/embedding.html#splade-embedder
 */
function vespa({ model, tokenizer, inputs }: ServedGraph, route: ExportedRoute): string | undefined {
  const pooling = logitsPooling(route);
  const isPooledThere = pooling?.strategy === 'max' && pooling.weight === 'log1p(max(x, 0))';
  if (!isPooledThere || pooling.maxActiveDims !== undefined) return undefined;
  if (Object.values(INPUTS).some((name) => !inputs.includes(name))) return undefined;
  const { maxLength } = route.input;
  const limit = Number.isFinite(maxLength) ? `  <max-tokens>${maxLength}</max-tokens>\n` : '';
  return `## Vespa

In services.xml, with the files in the folder models of the application (untried here):

\`\`\`xml
<component id="splade" type="splade-embedder">
  <transformer-model path="models/${baseName(model)}"/>
  <tokenizer-model path="models/${baseName(tokenizer)}"/>
${limit}  <transformer-output>${OUTPUTS.logits}</transformer-output>
</component>
\`\`\`
`;
}

/**
 * OpenSearch takes embeddings computed from token ids and mask alone. Its documentation calls the output `output`; its
 * code accepts any name and makes an embedding of every output. It drops special tokens.
 * https://docs.opensearch.org/latest/ml-commons-plugin/custom-local-models/
 */
function openSearch(
  { model, tokenizer, inputs, outputs }: ServedGraph,
  dimensions: number,
  modelType: string,
): string | undefined {
  const fed: readonly string[] = [INPUTS.inputIds, INPUTS.attentionMask];
  if (outputs.join() !== OUTPUTS.dense || !inputs.every((name) => fed.includes(name))) return undefined;
  const body = {
    name: 'sparse-encoder',
    version: '1.0.0',
    model_format: 'ONNX',
    function_name: 'SPARSE_ENCODING',
    model_content_size_in_bytes: 'BYTES_OF_THE_ZIP',
    model_content_hash_value: 'SHA256_OF_THE_ZIP',
    model_config: {
      model_type: modelType,
      embedding_dimension: dimensions,
      framework_type: 'huggingface_transformers',
    },
    url: 'URL_OF_THE_ZIP',
  };
  return `## OpenSearch

The body of \`POST /_plugins/_ml/models/_register\`, with ${model} and ${tokenizer} in a zip (untried here):

\`\`\`json
${JSON.stringify(body, null, 2)}
\`\`\`
`;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

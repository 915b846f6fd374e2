import { INPUTS, OUTPUTS } from '../encoder/exported/onnx-names.js';

/** What a search engine that runs the model itself has to know. */
export interface ServedGraph {
  /** Within the exported folder. */
  readonly file: string;
  readonly tokenizer: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Longest text in tokens. */
  readonly maxLength: number;
  readonly dimensions: number;
  /** Whether the embedding is the maximum over the tokens of log(1 + relu(logit)). */
  readonly isMaxOfRelu: boolean;
  /** `model_type` of config.json. */
  readonly modelType: string;
}

/**
 * For a card: what search engines that run models themselves are told about a graph, of each that can run it. Written
 * from their documentation and sources; their servers were not at hand.
 */
export function servingSections(graph: ServedGraph): string {
  return [vespa(graph), openSearch(graph)].filter((section) => section !== undefined).join('\n');
}

/**
 * Takes logits, and pools itself by max and log(1 + relu). It feeds all three inputs, whatever the graph takes.
 * https://docs.vespa.ai/en/embedding.html#splade-embedder
 */
function vespa({
  file,
  tokenizer,
  inputs,
  outputs,
  maxLength,
  isMaxOfRelu,
}: ServedGraph): string | undefined {
  if (!isMaxOfRelu || !outputs.includes(OUTPUTS.logits)) return undefined;
  if (Object.values(INPUTS).some((name) => !inputs.includes(name))) return undefined;
  const limit = Number.isFinite(maxLength) ? `  <max-tokens>${maxLength}</max-tokens>\n` : '';
  return `## Vespa

In services.xml, with the files in the folder models of the application (untried here):

\`\`\`xml
<component id="splade" type="splade-embedder">
  <transformer-model path="models/${baseName(file)}"/>
  <tokenizer-model path="models/${baseName(tokenizer)}"/>
${limit}  <transformer-output>${OUTPUTS.logits}</transformer-output>
</component>
\`\`\`
`;
}

/**
 * Takes embeddings made of token ids and mask alone. Its documentation calls the output `output`; its code takes any name,
 * and makes an embedding of every output. Special tokens are dropped there.
 * https://docs.opensearch.org/latest/ml-commons-plugin/custom-local-models/
 */
function openSearch({ file, tokenizer, inputs, outputs, ...model }: ServedGraph): string | undefined {
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
      model_type: model.modelType,
      embedding_dimension: model.dimensions,
      framework_type: 'huggingface_transformers',
    },
    url: 'URL_OF_THE_ZIP',
  };
  return `## OpenSearch

The body of \`POST /_plugins/_ml/models/_register\`, with ${file} and ${tokenizer} in a zip (untried here):

\`\`\`json
${JSON.stringify(body, null, 2)}
\`\`\`
`;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

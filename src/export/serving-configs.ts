/**
 * What search engines want to be told about an exported model that they run themselves. Written from their documentation
 * and sources; untried, as their servers were not at hand.
 */
import { INPUTS, OUTPUTS } from '../encoder/exported/onnx-names.js';
import { UsageError } from '../errors.js';

export interface ServedGraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Longest text in tokens. */
  readonly maxLength: number;
}

export interface VespaPaths {
  /** Within the application package. */
  readonly model: string;
  readonly tokenizer: string;
}

/**
 * The component of services.xml that lets Vespa compute SPLADE embeddings: it takes logits (format `logits` or `all`) and
 * pools itself, by max and log(1 + relu). https://docs.vespa.ai/en/embedding.html#splade-embedder
 *
 * @throws UsageError for a graph that it cannot run
 */
export function vespaComponent(graph: ServedGraph, { model, tokenizer }: VespaPaths): string {
  requireNames('Vespa', 'gives', graph.outputs, [OUTPUTS.logits]);
  // It feeds all three whatever the graph takes.
  requireNames('Vespa', 'takes', graph.inputs, Object.values(INPUTS));
  return `<component id="splade" type="splade-embedder">
  <transformer-model path="${escapeXml(model)}"/>
  <tokenizer-model path="${escapeXml(tokenizer)}"/>
  <max-tokens>${graph.maxLength}</max-tokens>
  <transformer-output>${OUTPUTS.logits}</transformer-output>
</component>
`;
}

export interface OpenSearchModel {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** `model_type` of config.json. */
  readonly modelType: string;
  readonly dimensions: number;
  /** A zip of the ONNX file and tokenizer.json, and where the cluster finds it. */
  readonly zip: { readonly url: string; readonly bytes: number; readonly sha256: string };
}

/**
 * The body of a request to register a model with OpenSearch, POST /_plugins/_ml/models/_register. It takes pooled
 * embeddings (format `dense`) from token ids and mask alone. Its documentation calls the output `output`; its code takes
 * any name, and makes an embedding of every output. Special tokens are dropped there.
 * https://docs.opensearch.org/latest/ml-commons-plugin/custom-local-models/
 *
 * @throws UsageError for a graph that it cannot run
 */
export function openSearchRegistration(graph: ServedGraph, model: OpenSearchModel): Record<string, unknown> {
  requireNames('OpenSearch', 'gives', graph.outputs, [OUTPUTS.dense]);
  const fed: readonly string[] = [INPUTS.inputIds, INPUTS.attentionMask];
  if (graph.outputs.length > 1) {
    throw new UsageError(
      `OpenSearch needs a graph that gives ${OUTPUTS.dense} alone; this one gives ${graph.outputs.join(', ')}`,
    );
  }
  const unfed = graph.inputs.filter((name) => !fed.includes(name));
  if (unfed.length > 0) {
    throw new UsageError(`OpenSearch feeds ${fed.join(' and ')}; the graph also takes ${unfed.join(', ')}`);
  }
  const { name, version, description, modelType, dimensions, zip } = model;
  return {
    name,
    version,
    description,
    model_format: 'ONNX',
    function_name: 'SPARSE_ENCODING',
    model_content_size_in_bytes: zip.bytes,
    model_content_hash_value: zip.sha256,
    model_config: {
      model_type: modelType,
      embedding_dimension: dimensions,
      framework_type: 'huggingface_transformers',
    },
    url: zip.url,
  };
}

function requireNames(
  engine: string,
  does: 'gives' | 'takes',
  names: readonly string[],
  required: readonly string[],
): void {
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new UsageError(
    `${engine} needs a graph that ${does} ${missing.join(', ')}; this one ${does} ${names.join(', ')}`,
  );
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

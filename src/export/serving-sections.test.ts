import { describe, expect, it } from 'vitest';
import { type ServedGraph, servingSections } from './serving-sections.js';

const GRAPH: ServedGraph = {
  file: 'onnx/model.onnx',
  tokenizer: 'tokenizer.json',
  inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
  outputs: ['logits', 'sentence_embedding'],
  maxLength: 256,
  dimensions: 30_522,
  isMaxOfRelu: true,
  modelType: 'distilbert',
};
const DENSE = { inputs: GRAPH.inputs.slice(0, 2), outputs: ['sentence_embedding'] };

/** The code in the sections, by its language. */
function codeIn(markdown: string): Record<string, string> {
  return Object.fromEntries(
    [...markdown.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', code = '']) => [
      language,
      code,
    ]),
  );
}

describe('the sections of search engines', () => {
  it('name the files, the output and the longest text for Vespa', () => {
    expect(codeIn(servingSections(GRAPH))).toEqual({
      xml: `<component id="splade" type="splade-embedder">
  <transformer-model path="models/model.onnx"/>
  <tokenizer-model path="models/tokenizer.json"/>
  <max-tokens>256</max-tokens>
  <transformer-output>logits</transformer-output>
</component>
`,
    });
    expect(servingSections({ ...GRAPH, maxLength: Infinity })).not.toContain('max-tokens');
  });

  it('have the body of a registration for OpenSearch', () => {
    const { json = '', ...others } = codeIn(servingSections({ ...GRAPH, ...DENSE }));
    expect(others).toEqual({});
    expect(JSON.parse(json)).toMatchObject({
      model_format: 'ONNX',
      function_name: 'SPARSE_ENCODING',
      model_config: { model_type: 'distilbert', embedding_dimension: 30_522 },
    });
  });

  it.each([
    ['gives sparse outputs', { outputs: ['indices', 'values', 'offsets'] }],
    ['takes token types and gives embeddings', { outputs: ['sentence_embedding'] }],
    ['is pooled in another way', { isMaxOfRelu: false }],
    ['takes no token types and gives logits', { inputs: DENSE.inputs }],
    ['gives logits before embeddings, without token types', { inputs: DENSE.inputs, outputs: GRAPH.outputs }],
  ])('are missing where the graph %s', (_, change) => {
    expect(servingSections({ ...GRAPH, ...change })).toBe('');
  });
});

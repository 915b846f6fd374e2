import { describe, expect, it } from 'vitest';
import { openSearchRegistration, vespaComponent } from './serving-configs.js';

const INPUT_NAMES = ['input_ids', 'attention_mask', 'token_type_ids'];
const ALL = { inputs: INPUT_NAMES, outputs: ['logits', 'sentence_embedding'], maxLength: 256 };

describe('vespaComponent', () => {
  it('names the files, the output and the longest text', () => {
    const xml = vespaComponent(ALL, { model: 'models/a & b.onnx', tokenizer: 'models/tokenizer.json' });
    expect(xml).toBe(`<component id="splade" type="splade-embedder">
  <transformer-model path="models/a &amp; b.onnx"/>
  <tokenizer-model path="models/tokenizer.json"/>
  <max-tokens>256</max-tokens>
  <transformer-output>logits</transformer-output>
</component>
`);
  });

  it.each([
    [
      { outputs: ['sentence_embedding'] },
      'Vespa needs a graph that gives logits; this one gives sentence_embedding',
    ],
    [
      { inputs: ['input_ids', 'attention_mask'] },
      'Vespa needs a graph that takes token_type_ids; this one takes input_ids, attention_mask',
    ],
  ])('refuses %j', (change, message) => {
    const paths = { model: 'model.onnx', tokenizer: 'tokenizer.json' };
    expect(() => vespaComponent({ ...ALL, ...change }, paths)).toThrow(message);
  });
});

describe('openSearchRegistration', () => {
  const dense = { inputs: ['input_ids', 'attention_mask'], outputs: ['sentence_embedding'], maxLength: 256 };
  const model = {
    name: 'splade',
    version: '1.0.0',
    description: 'a model',
    modelType: 'distilbert',
    dimensions: 30522,
    zip: { url: 'https://example.org/splade.zip', bytes: 12, sha256: 'ab' },
  };

  it('is what the request takes', () => {
    expect(openSearchRegistration(dense, model)).toEqual({
      name: 'splade',
      version: '1.0.0',
      description: 'a model',
      model_format: 'ONNX',
      function_name: 'SPARSE_ENCODING',
      model_content_size_in_bytes: 12,
      model_content_hash_value: 'ab',
      model_config: {
        model_type: 'distilbert',
        embedding_dimension: 30522,
        framework_type: 'huggingface_transformers',
      },
      url: 'https://example.org/splade.zip',
    });
  });

  it.each([
    [
      { outputs: ['logits'] },
      'OpenSearch needs a graph that gives sentence_embedding; this one gives logits',
    ],
    [
      { outputs: ['logits', 'sentence_embedding'] },
      'OpenSearch needs a graph that gives sentence_embedding alone; this one gives logits, sentence_embedding',
    ],
    [
      { inputs: INPUT_NAMES },
      'OpenSearch feeds input_ids and attention_mask; the graph also takes token_type_ids',
    ],
  ])('refuses %j', (change, message) => {
    expect(() => openSearchRegistration({ ...dense, ...change }, model)).toThrow(message);
  });
});

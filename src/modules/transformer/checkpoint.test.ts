import { describe, expect, it } from 'vitest';
import type { Task } from './transformer-config.js';
import { type TransformerConfig, transformerKind } from './transformer.js';

const SMALL = { vocab_size: 20, hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1 };

function read(task: Task, modelConfig: object): TransformerConfig {
  return transformerKind.readConfig(
    { transformer_task: task },
    { modelConfig: { ...SMALL, ...modelConfig } },
  );
}

/** The tensors of a checkpoint that become parameters, and the unknown ones. */
function sorted(config: TransformerConfig, names: readonly string[]) {
  const specs = transformerKind.parameters(config);
  const known = new Set(specs.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  const ignored = transformerKind.ignoredTensors(config);
  const missing = specs.filter(
    ({ name, aliases = [] }) => ![name, ...aliases].some((each) => names.includes(each)),
  );
  return {
    missing: missing.map(({ name }) => name),
    unknown: names.filter((name) => !known.has(name) && !ignored.some((pattern) => pattern.test(name))),
  };
}

const LAYER = ['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense']
  .concat(['intermediate.dense', 'output.dense'])
  .flatMap((name) => [`${name}.weight`, `${name}.bias`])
  .map((name) => `encoder.layer.0.${name}`);

/** The release of BERT's authors for pre-training, converted from TensorFlow. */
const PRETRAINED = [
  ...['word', 'position', 'token_type'].map((table) => `bert.embeddings.${table}_embeddings.weight`),
  ...LAYER.map((name) => `bert.${name}`),
  ...['embeddings', 'encoder.layer.0.attention.output', 'encoder.layer.0.output'].flatMap((at) => [
    `bert.${at}.LayerNorm.gamma`,
    `bert.${at}.LayerNorm.beta`,
  ]),
  'bert.embeddings.position_ids',
  'bert.pooler.dense.weight',
  'bert.pooler.dense.bias',
  'cls.predictions.bias',
  'cls.predictions.decoder.weight',
  'cls.predictions.decoder.bias',
  'cls.predictions.transform.dense.weight',
  'cls.predictions.transform.dense.bias',
  'cls.predictions.transform.LayerNorm.gamma',
  'cls.predictions.transform.LayerNorm.beta',
  'cls.seq_relationship.weight',
  'cls.seq_relationship.bias',
];

describe('the tensors of a checkpoint', () => {
  it.each(['fill-mask', 'feature-extraction'] as const)('of pre-training serve %s', (task) => {
    const config = read(task, { model_type: 'bert' });
    expect(sorted(config, PRETRAINED)).toEqual({ missing: [], unknown: [] });
  });

  it('of a base model serve a base model, and lack nothing but the head of a masked language model', () => {
    const bare = PRETRAINED.filter((name) => name.startsWith('bert.')).map((name) =>
      name.slice('bert.'.length),
    );
    expect(sorted(read('feature-extraction', { model_type: 'bert' }), bare)).toEqual({
      missing: [],
      unknown: [],
    });
    const { missing, unknown } = sorted(read('fill-mask', { model_type: 'bert' }), bare);
    expect(unknown).toEqual([]);
    expect(missing.every((name) => name.startsWith('cls.predictions.'))).toBe(true);
    expect(missing).toHaveLength(5);
  });

  it.each([
    ['electra', 'electra', 'discriminator_predictions.dense.weight'],
    ['albert', 'albert', 'sop_classifier.classifier.weight'],
    ['deberta-v2', 'deberta', 'mask_predictions.dense.weight'],
  ])('of the other heads that %s was trained with are ignored', (type, prefix, tensor) => {
    for (const task of ['fill-mask', 'feature-extraction'] as const) {
      const config = read(task, { model_type: type });
      const own = transformerKind.parameters(read('fill-mask', { model_type: type })).map(({ name }) => name);
      expect(own.some((name) => name.startsWith(`${prefix}.`))).toBe(true);
      expect(sorted(config, [...own, tensor])).toEqual({ missing: [], unknown: [] });
    }
  });

  it('of another model are not ignored', () => {
    const { unknown } = sorted(read('fill-mask', { model_type: 'bert' }), [
      ...PRETRAINED,
      'classifier.weight',
    ]);
    expect(unknown).toEqual(['classifier.weight']);
  });

  it('may hold word embeddings under the name of the tied decoder alone, but not of one of its own', () => {
    const names = PRETRAINED.filter((name) => name !== 'bert.embeddings.word_embeddings.weight');
    expect(sorted(read('fill-mask', { model_type: 'bert' }), names).missing).toEqual([]);
    const untied = read('fill-mask', { model_type: 'bert', tie_word_embeddings: false });
    expect(sorted(untied, names).missing).toEqual(['bert.embeddings.word_embeddings.weight']);
  });

  it('are the pooler where the reference writes one that nothing uses', () => {
    const unused = (task: Task, model: object): string[] =>
      transformerKind
        .everyParameter(read(task, model))
        .flatMap((spec) => (spec.unused === true ? [spec.name] : []));
    expect(unused('feature-extraction', { model_type: 'bert' })).toEqual([
      'pooler.dense.weight',
      'pooler.dense.bias',
    ]);
    expect(unused('feature-extraction', { model_type: 'modernbert', pad_token_id: 0 })).toEqual([]);
    expect(unused('fill-mask', { model_type: 'bert' })).toEqual([]);
    expect(unused('fill-mask', { model_type: 'bert', tie_word_embeddings: false })).toEqual([
      'cls.predictions.bias',
    ]);
  });

  it('have each another name, here and in the reference', () => {
    for (const task of ['fill-mask', 'feature-extraction'] as const) {
      for (const type of [
        'albert',
        'bert',
        'deberta-v2',
        'distilbert',
        'electra',
        'mpnet',
        'modernbert',
        'roberta',
      ]) {
        const config = read(task, { model_type: type, pad_token_id: 1, dim: 8, n_heads: 2 });
        const specs = transformerKind.everyParameter(config);
        expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
        expect(new Set(specs.map(({ parameterName }) => parameterName)).size).toBe(specs.length);
      }
    }
  });
});

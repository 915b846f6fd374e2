import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { mlmTransformerKind, transformerKind } from './transformer.js';

const BERT = { model_type: 'bert', hidden_size: 32, num_attention_heads: 4 };
const MODERNBERT = { ...BERT, model_type: 'modernbert', pad_token_id: 0 };

const TYPES =
  'albert, bert, camembert, deberta-v2, distilbert, electra, gte, modernbert, mpnet, new, roberta, xlm-roberta';

const read = (modelConfig: unknown, file: unknown = {}) => transformerKind.readConfig(file, { modelConfig });

describe('a config.json that cannot be used', () => {
  it.each<[string, unknown]>([
    [
      `config.json: model_type is "t5"; expected one of ${TYPES}`,
      { model_type: 't5', architectures: ['T5EncoderModel'] },
    ],
    ...['qwen3', 'llama', 'gemma3_text', 'mistral', 'modernbert-decoder'].map((type): [string, unknown] => [
      `config.json: model_type is "${type}", a decoder; decoders are not supported, only these encoders: ${TYPES}`,
      { model_type: type },
    ]),
    [
      `config.json: model_type is "own", a decoder; decoders are not supported, only these encoders: ${TYPES}`,
      { model_type: 'own', architectures: ['OwnForCausalLM'] },
    ],
    [
      'config.json: embedding_size is 16 and legacy is false; expected 32, the hidden_size, as that head multiplies by the word embeddings',
      { ...BERT, model_type: 'deberta-v2', embedding_size: 16, legacy: false },
    ],
    [
      'config.json: a convolution has conv_kernel_size 4 and conv_groups 1; expected an odd size, and groups that divide the hidden_size 32',
      { ...BERT, model_type: 'deberta-v2', conv_kernel_size: 4 },
    ],
    [
      'config.json: rope_scaling.type is "linear"; expected "ntk", as nothing else is supported',
      { ...BERT, model_type: 'new', rope_scaling: { type: 'linear', factor: 2 } },
    ],
    [
      'config.json: layer_norm_type is "rms_norm"; expected "layer_norm", as nothing else is supported',
      { ...BERT, model_type: 'new', layer_norm_type: 'rms_norm' },
    ],
    [
      'config.json: rope_parameters.rope_type is "dynamic"; expected "default", as nothing else is supported',
      { ...BERT, model_type: 'gte', rope_parameters: { rope_type: 'dynamic', rope_theta: 100 } },
    ],
    [
      'config.json: num_hidden_groups is 3; expected at most 2, the number of hidden layers',
      { ...BERT, model_type: 'albert', num_hidden_layers: 2, num_hidden_groups: 3 },
    ],
    ['config.json is undefined; expected an object', undefined],
    ['config.json: hidden_size is "big"; expected a whole number above 0', { ...BERT, hidden_size: 'big' }],
    ['config.json: a width of 30 is not a multiple of its 4 attention heads', { ...BERT, hidden_size: 30 }],
    [
      'config.json: position_embedding_type is "relative_key"; expected "absolute", as nothing else is supported',
      { ...BERT, position_embedding_type: 'relative_key' },
    ],
    [
      'config.json: is_decoder is true; expected false, as nothing else is supported',
      { ...BERT, is_decoder: true },
    ],
    [
      'config.json: hidden_act is "mish"; expected one of gelu, gelu_python, gelu_new, gelu_pytorch_tanh, gelu_accurate, gelu_fast, relu, silu, swish, tanh',
      { ...BERT, hidden_act: 'mish' },
    ],
    [
      'config.json: hidden_dropout_prob is 1; expected a number from 0 up to, not including, 1',
      { ...BERT, hidden_dropout_prob: 1 },
    ],
    [
      'config.json: pad_token_id is 200; expected a token of the vocabulary of 100',
      { ...BERT, vocab_size: 100, pad_token_id: 200 },
    ],
    [
      'config.json: pad_token_id is null; expected the token that positions leave out',
      { ...BERT, model_type: 'roberta', pad_token_id: null },
    ],
    [
      'config.json: relative_attention_num_buckets is 16; expected at least the 32 that MPNet uses',
      { ...BERT, model_type: 'mpnet', relative_attention_num_buckets: 16 },
    ],
    [
      'config.json: layer_types has 1 entry; expected 2, one for each hidden layer',
      { ...MODERNBERT, num_hidden_layers: 2, layer_types: ['full_attention'] },
    ],
    [
      'config.json: layer_types.0 is "chunked"; expected one of full_attention, sliding_attention',
      { ...MODERNBERT, layer_types: ['chunked'] },
    ],
    [
      'config.json: rope_parameters.full_attention.rope_type is "yarn"; expected "default", as nothing else is supported',
      { ...MODERNBERT, rope_parameters: { full_attention: { rope_type: 'yarn', rope_theta: 10 } } },
    ],
    [
      'config.json: heads are 5 wide; expected an even width, since positions rotate pairs of coordinates',
      { ...MODERNBERT, hidden_size: 20 },
    ],
  ])('%s', (message, modelConfig) => {
    expect(() => read(modelConfig)).toThrow(new ModelFileError(message));
  });
});

describe('a sentence_bert_config.json', () => {
  it('of before modality_config is read, and written as today', () => {
    const config = read(BERT, { max_seq_length: 128, do_lower_case: true });
    expect(config.file).toEqual({ task: 'feature-extraction', maxLength: 128, lowerCase: true });
    expect(transformerKind.create(config, {} as never).config()).toEqual({
      transformer_task: 'feature-extraction',
      modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } },
      module_output_name: 'token_embeddings',
      max_seq_length: 128,
      do_lower_case: true,
    });
    expect(read(BERT, { max_seq_length: null, do_lower_case: false }).file).toEqual({
      task: 'feature-extraction',
      maxLength: undefined,
      lowerCase: false,
    });
  });

  it('of today is written as it was read', () => {
    const json = {
      transformer_task: 'fill-mask',
      modality_config: { text: { method: 'forward', method_output_name: 'logits' } },
      module_output_name: 'token_embeddings',
    };
    const config = read(BERT, json);
    expect(transformerKind.create(config, {} as never).config()).toEqual(json);
  });

  it('of an MLMTransformer is for a masked language model unless it says otherwise', () => {
    const surroundings = { modelConfig: BERT };
    expect(mlmTransformerKind.readConfig({}, surroundings).file.task).toBe('fill-mask');
    const json = { transformer_task: 'feature-extraction' };
    expect(mlmTransformerKind.readConfig(json, surroundings).file.task).toBe('feature-extraction');
  });

  it.each<[string, unknown]>([
    [
      'sentence_bert_config.json: transformer_task is "text-generation"; expected one of feature-extraction, fill-mask',
      { transformer_task: 'text-generation' },
    ],
    [
      'sentence_bert_config.json: max_seq_length is 0; expected a whole number above 0, or null',
      { max_seq_length: 0 },
    ],
    [
      'sentence_bert_config.json: modality_config.text takes pooler_output of forward; expected last_hidden_state of forward, as feature-extraction has it',
      { modality_config: { text: { method: 'forward', method_output_name: 'pooler_output' } } },
    ],
    [
      'sentence_bert_config.json: query_length is 32; expected no value, as it is not supported',
      { query_length: 32 },
    ],
  ])('is refused: %s', (message, json) => {
    expect(() => read(BERT, json)).toThrow(new ModelFileError(message));
  });

  it('with keys of no version is refused with the known ones', () => {
    expect(() => read(BERT, { task: 'fill-mask' })).toThrow(
      /it holds "task"; its keys are transformer_task, /,
    );
  });

  it('passes over settings of PyTorch and empty ones', () => {
    const json = {
      model_args: { torch_dtype: 'float16' },
      tokenizer_args: { trust_remote_code: true },
      config_args: {},
    };
    expect(read(BERT, json).file.task).toBe('feature-extraction');
  });
});

describe('the input of a transformer', () => {
  it.each([
    ['bert', 512],
    ['distilbert', 512],
    ['roberta', 512],
    ['xlm-roberta', 512],
    ['mpnet', 512],
    ['modernbert', 8192],
  ])('of type %s is at most %d tokens', (type, most) => {
    const counted = ['roberta', 'xlm-roberta', 'mpnet'].includes(type);
    const config = read({ model_type: type, ...(counted && { max_position_embeddings: 514 }) });
    const { input } = transformerKind.create(config, {} as never);
    expect(input).toMatchObject({ addSpecialTokens: true, maxPositions: most });
  });

  it('has the limits of its config file', () => {
    const config = read(BERT, { max_seq_length: 100 });
    const { input, modelConfig } = transformerKind.create(config, {} as never);
    expect(input).toMatchObject({
      addSpecialTokens: true,
      maxPositions: 512,
      maxLength: 100,
    });
    expect(modelConfig).toEqual(BERT);
  });
});

import { beforeAll } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { type DamageCase, refuses, remove, set, write } from '../testing/files/damages.js';

beforeAll(() => setEngine('onnx'));

const SPLADE = 'splade-bert';
const CSR = '2_SparseAutoEncoder';
const STATIC = 'query_0_SparseStaticEmbedding';
const CONFIG = 'config_sentence_transformers.json';

const KEYS: readonly DamageCase[] = [
  [
    'hidden_size of a transformer',
    SPLADE,
    set('config.json', 'hidden_size', '16'),
    /^FOLDER\/config\.json: hidden_size is "16"; expected a whole number above 0$/,
  ],
  [
    'heads that do not share the width',
    SPLADE,
    set('config.json', 'num_attention_heads', 3),
    /^FOLDER\/config\.json: a width of 16 is not a multiple of its 3 attention heads$/,
  ],
  [
    'more layers than anything has',
    SPLADE,
    set('config.json', 'num_hidden_layers', 1e9),
    /^FOLDER\/config\.json: num_hidden_layers is 1000000000; expected a whole number from 1 to 1024$/,
  ],
  [
    'a vocabulary beyond all bounds',
    SPLADE,
    set('config.json', 'vocab_size', 1e15),
    /^FOLDER\/model\.safetensors: tensor bert\.embeddings\.word_embeddings\.weight is \[300, 16\]; expected \[1000000000000000, 16\]/,
  ],
  [
    'architectures of a checkpoint',
    'masked-language-checkpoint',
    set('config.json', 'architectures', 'BertForMaskedLM'),
    /^FOLDER\/config\.json: architectures is "BertForMaskedLM"; expected a list$/,
  ],
  [
    'max_seq_length',
    SPLADE,
    set('sentence_bert_config.json', 'max_seq_length', 'a'),
    /^FOLDER\/sentence_bert_config\.json: max_seq_length is "a"; expected a whole number above 0, or null$/,
  ],
  [
    'an unknown key of a transformer',
    SPLADE,
    set('sentence_bert_config.json', 'max_sequence', 1),
    /^FOLDER\/sentence_bert_config\.json: it holds "max_sequence"; its keys are transformer_task, /,
  ],
  [
    'a list for a config',
    SPLADE,
    write('sentence_bert_config.json', '[]'),
    /^FOLDER\/sentence_bert_config\.json is \[\]; expected an object$/,
  ],
  [
    'JSON with a fault',
    SPLADE,
    write('1_SpladePooling/config.json', '{\n "a": tru}'),
    /^FOLDER\/1_SpladePooling\/config\.json, line 2, column 7: found "t"; expected a value, such as true$/,
  ],
  [
    'pooling_strategy',
    SPLADE,
    set('1_SpladePooling/config.json', 'pooling_strategy', 3),
    /^FOLDER\/1_SpladePooling\/config\.json: pooling_strategy in the config of SpladePooling is 3; expected one of "max", "sum"$/,
  ],
  [
    'include_prompt',
    'csr',
    set('1_Pooling/config.json', 'include_prompt', 'yes'),
    /^FOLDER\/1_Pooling\/config\.json: include_prompt in the config of Pooling is "yes"; expected true or false$/,
  ],
  [
    'an unknown pooling_mode',
    'csr',
    set('1_Pooling/config.json', 'pooling_mode', ['mean', 'median']),
    /^FOLDER\/1_Pooling\/config\.json: pooling_mode .* is \["mean", "median"\]; expected one of "cls"/,
  ],
  [
    'k',
    'csr',
    set(`${CSR}/config.json`, 'k', 1.5),
    /^FOLDER\/2_SparseAutoEncoder\/config\.json: k in the config of SparseAutoEncoder is 1\.5; expected a whole number of at least 1$/,
  ],
  [
    'a missing config of an auto-encoder',
    'csr',
    remove(`${CSR}/config.json`),
    /^FOLDER\/2_SparseAutoEncoder\/config\.json: the config of SparseAutoEncoder lacks "input_dim": a whole number of at least 1$/,
  ],
  [
    'an activation that is a name in Python',
    'csr-deep',
    set('2_Dense/config.json', 'activation_function', 'os.system'),
    /^FOLDER\/2_Dense\/config\.json: activation_function in the config of Dense is "os\.system"; expected one of "torch\.nn/,
  ],
  [
    'prompts',
    SPLADE,
    set(CONFIG, 'prompts', { query: 3 }),
    /^FOLDER\/config_sentence_transformers\.json: prompts\.query is 3; expected a string$/,
  ],
  [
    'a default prompt that is not there',
    SPLADE,
    set(CONFIG, 'default_prompt_name', 'title'),
    /^FOLDER\/config_sentence_transformers\.json: default_prompt_name is "title"; expected the name of one of the prompts, "query", "document"$/,
  ],
  [
    'max_active_dims 0',
    SPLADE,
    set(CONFIG, 'max_active_dims', 0),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is 0; expected more than 0$/,
  ],
  [
    'max_active_dims in words',
    SPLADE,
    set(CONFIG, 'max_active_dims', 'all'),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is "all"; expected a number$/,
  ],
  [
    'max_active_dims beyond the latents',
    'csr',
    set(CONFIG, 'max_active_dims', 65),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is 65; expected at most 64, the latents of the model's SparseAutoEncoder$/,
  ],
  [
    'a route without modules',
    'inference-free',
    set('router_config.json', 'query', [], 'structure'),
    /^FOLDER\/router_config\.json: structure\["query"\] .* is \[\]; expected a list of one folder or more$/,
  ],
  [
    'a route with a module of no type',
    'inference-free',
    set('router_config.json', 'query', ['query_1'], 'structure'),
    /^FOLDER\/router_config\.json: structure\["query"\]\[0\] .* is "query_1", which types does not have$/,
  ],
  [
    'a default route that is not there',
    'inference-free',
    set('router_config.json', 'default_route', 'title', 'parameters'),
    /^FOLDER\/router_config\.json: default_route .* is "title"; expected one of the routes "query", "document"$/,
  ],
  [
    'a Router inside itself',
    'inference-free-in-root',
    set('router_config.json', '', 'sentence_transformers.models.Router', 'types'),
    /^FOLDER\/router_config\.json: types\[""\] is a Router in the folder of the Router that has it; expected another module$/,
  ],
  [
    'a missing router_config.json',
    'inference-free',
    remove('router_config.json'),
    /^FOLDER has no router_config\.json, which a Router needs$/,
  ],
  [
    'path of a static embedding',
    'inference-free-idf',
    set(`${STATIC}/config.json`, 'path', 3),
    /^FOLDER\/query_0_SparseStaticEmbedding\/config\.json: path .* is 3; expected a path, or null$/,
  ],
  [
    'a path to no map of weights',
    'inference-free-idf',
    set(`${STATIC}/config.json`, 'path', 'no.json'),
    /^FOLDER\/query_0_SparseStaticEmbedding\/config\.json: path is "no\.json"; expected a map of tokens to weights, which is neither in FOLDER\/query_0_SparseStaticEmbedding nor in FOLDER$/,
  ],
  [
    'a weight that is a word',
    'inference-free-idf',
    set('idf.json', 'the', 'heavy'),
    /^FOLDER\/idf\.json: the weight of token "the" is "heavy"; expected a finite number$/,
  ],
];

refuses('a config with a wrong', KEYS);

/** How transformers builds a tokenizer from a folder: by the rules of a class, or as tokenizer.json says. */
export type TokenizerClass =
  | 'bert'
  | 'distilbert'
  | 'roberta'
  | 'xlm-roberta'
  | 'mpnet'
  | 'albert'
  | 'deberta-v2'
  | 'file';

/** Classes of transformers that rebuild the tokenizer. All others, and unknown names, use the file unchanged. */
const BY_NAME: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: 'bert',
  ElectraTokenizer: 'bert',
  LayoutLMTokenizer: 'bert',
  LxmertTokenizer: 'bert',
  MobileBertTokenizer: 'bert',
  SqueezeBertTokenizer: 'bert',
  DistilBertTokenizer: 'distilbert',
  RobertaTokenizer: 'roberta',
  BartTokenizer: 'roberta',
  LEDTokenizer: 'roberta',
  LongformerTokenizer: 'roberta',
  MvpTokenizer: 'roberta',
  XLMRobertaTokenizer: 'xlm-roberta',
  MPNetTokenizer: 'mpnet',
  AlbertTokenizer: 'albert',
  DebertaV2Tokenizer: 'deberta-v2',
};

const names = (words: string): readonly string[] => words.trim().split(/\s+/);

/** What transformers 5.23 registers for a model type, if it is one of the classes above or the plain file. */
const BY_MODEL_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    BertTokenizer: names(`align bark bert blip bros chinese_clip convbert distilbert electra ernie flava git
      grounding-dino layoutlm megatron-bert mm-grounding-dino nezha nomic_bert qdqbert realm retribert squeezebert tvp
      vilt visual_bert`),
    MobileBertTokenizer: ['mobilebert'],
    LxmertTokenizer: ['lxmert'],
    RobertaTokenizer: names(`bart bridgetower clap data2vec-text ibert lilt longformer mega mra roberta
      roberta-prelayernorm`),
    LEDTokenizer: ['led'],
    MvpTokenizer: ['mvp'],
    XLMRobertaTokenizer: names('gte jina_embeddings_v3 metaclip_2 trocr xlm-roberta xmod'),
    MPNetTokenizer: ['mpnet'],
    AlbertTokenizer: ['albert', 'yoso'],
    DebertaV2Tokenizer: ['deberta-v2'],
    TokenizersBackend:
      names(`arctic bigbird_pegasus ernie4_5 flex_olmo glm glm4 gpt_bigcode granite granitemoe
      granitemoehybrid jamba minicpm3 ministral ministral3 mistral mistral3 mixtral modernbert modernbert-decoder
      nemotron nystromformer olmo2 olmo3 persimmon phi3 phimoe stablelm umt5 xlm-roberta-xl`),
    // Models of these types are known to declare a wrong class. The registered class uses the file unchanged here.
    Qwen2Tokenizer: ['qwen2'],
    Qwen3_5Tokenizer: names('qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen4_exp'),
  }).flatMap(([name, types]) => types.map((type): [string, string] => [type, name])),
);

const WRONGLY_DECLARED: ReadonlySet<string> = new Set(
  names('qwen2 qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen4_exp'),
);

/**
 * The class that transformers' AutoTokenizer uses.
 *
 * @param modelType `model_type` of config.json
 * @param declared `tokenizer_class` of tokenizer_config.json, or otherwise of config.json
 */
export function chooseTokenizerClass(modelType?: string, declared?: string): TokenizerClass {
  const registered = modelType === undefined ? undefined : BY_MODEL_TYPE.get(modelType);
  const name = declared?.replace(/Fast$/, '');
  if (modelType === undefined || registered === undefined || name === undefined || registered === name) {
    return byName(name ?? registered);
  }
  if (registered === 'TokenizersBackend') return 'file';
  return byName(WRONGLY_DECLARED.has(modelType) ? registered : name);
}

function byName(name: string | undefined): TokenizerClass {
  return name !== undefined && Object.hasOwn(BY_NAME, name) ? (BY_NAME[name] ?? 'file') : 'file';
}

/** Prefixes of decoders' model types: each family has many. */
const FAMILIES =
  `apertus arcee bamba bitnet bloom codegen cohere ctrl dbrx deepseek ernie4 exaone falcon gemma glm gpt
  granite helium hunyuan internlm jamba kimi lfm llama mamba minicpm minimax ministral mistral mixtral
  modernbert-decoder mpt nemotron olmo openai-gpt opt persimmon phi qwen rwkv smollm stablelm starcoder vaultgemma xglm
  zamba`.split(/\s+/);

/** Whether a config.json belongs to a decoder, by its model type or its architectures. */
export function isDecoder(modelConfig: Readonly<Record<string, unknown>>): boolean {
  const { model_type: type, architectures } = modelConfig;
  if (typeof type === 'string' && FAMILIES.some((family) => type.startsWith(family))) return true;
  return Array.isArray(architectures) && architectures.some((name) => String(name).endsWith('ForCausalLM'));
}

/** Names of an exported graph's inputs, as transformers names them; by our names of the features. */
export const INPUTS = {
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  tokenTypeIds: 'token_type_ids',
} as const;

/** Names of its outputs, as sentence-transformers and optimum name them where they have them. */
export const OUTPUTS = {
  logits: 'logits',
  states: 'last_hidden_state',
  dense: 'sentence_embedding',
  indices: 'indices',
  values: 'values',
  offsets: 'offsets',
} as const;

export const AXES = ['batch_size', 'sequence_length'] as const;

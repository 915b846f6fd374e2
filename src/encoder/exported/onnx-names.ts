/** The inputs of an exported graph in transformers' names, by the names of our features. */
export const INPUTS = {
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  tokenTypeIds: 'token_type_ids',
} as const;

/** The names of its outputs, as in sentence-transformers and optimum if they have them. */
export const OUTPUTS = {
  logits: 'logits',
  states: 'last_hidden_state',
  dense: 'sentence_embedding',
  indices: 'indices',
  values: 'values',
  offsets: 'offsets',
} as const;

export const AXES = ['batch_size', 'sequence_length'] as const;

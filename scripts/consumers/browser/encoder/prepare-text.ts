/** The parts of a tokenizer.json that the preparation reads. */
export interface NormalizerJson {
  readonly type: string;
  readonly lowercase?: boolean;
  readonly handle_chinese_chars?: boolean;
  readonly normalizers?: readonly NormalizerJson[];
}

/** The Chinese characters beyond U+FFFF that BERT's tokenizer treats as words. */
const EXTENSIONS =
  /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/**
 * Changes a text so that @huggingface/tokenizers reads it as Hugging Face's own library does. That package lower-cases
 * a sigma at the end of a word to ς, and looks for Chinese characters in UTF-16 units, of which those beyond U+FFFF
 * have two.
 */
export function preparation(normalizer: NormalizerJson | null): (text: string) => string {
  const parts = normalizer?.type === 'Sequence' ? (normalizer.normalizers ?? []) : [normalizer];
  const lowers = parts.some((part) => part?.type === 'Lowercase' || part?.lowercase === true);
  const splits = parts.some((part) => part?.handle_chinese_chars === true);
  return (text) => {
    const lowered = lowers ? text.replaceAll('Σ', 'σ') : text;
    return splits ? lowered.replaceAll(EXTENSIONS, ' $& ') : lowered;
  };
}

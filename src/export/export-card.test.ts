import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { encoderOf, exported } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { exportOnnx } from './export-onnx.js';

const cardOf = (folder: string): string => readFileSync(join(folder, 'README.md'), 'utf8');

describe('the card of an exported folder', () => {
  it('says what was verified, and in what the errors are', async () => {
    const { folder } = await exported('splade-bert');
    const card = cardOf(folder);
    expect(card).toMatch(
      /\n\| onnx\/model\.onnx \| sparse \| 0\.1 \| \S+ \| 7\.6e-6 \| 0 \| 1\.000000 \| passed \|\n/,
    );
    expect(card).toContain("\nErrors are shares of a text's largest weight, or of the mean of all texts'");
  });

  it('shows texts that begin with the prompt, as those that were verified do', async () => {
    const card = cardOf((await exported('splade-settings')).folder);
    expect(card).toContain('the text begins with "a name: "');
    expect(card.match(/tokenizer\.encode\("a name: a text"\)/g)).toHaveLength(2);
  });

  it.each([
    [
      'splade-bert',
      'the largest of log1p(max(x, 0))',
      'np.log1p(np.maximum(outputs["logits"][0], 0)).max(axis=0)',
    ],
    [
      'splade-sum',
      'the sum of log1p(log1p(max(x, 0)))',
      'np.log1p(np.log1p(np.maximum(outputs["logits"][0], 0))).sum(axis=0)',
    ],
  ])('says how the logits of %s are pooled, and shows it', async (name, formula, numpy) => {
    const card = cardOf((await exported(name, { format: 'logits' })).folder);
    expect(card).toContain(`the weight of a term is ${formula} over the tokens of a text`);
    expect(card).toContain(`\nprint(${numpy}.nonzero())\n`);
    expect(card).not.toContain('are kept');
    expect(card).toContain("transformers.js finds the file as `dtype: 'fp32'`");
    expect(cardOf((await exported(name)).folder)).not.toContain('logit');
  });

  it('says how many of pooled logits are kept', async () => {
    const card = cardOf((await exported('splade-settings', { format: 'all' })).folder);
    expect(card).toContain("a token's logit; only the 12 largest weights are kept.");
  });

  it('shows tokens without special ones where the graph was verified without', async () => {
    const { tokenizer } = await encoderOf('splade-bert');
    const weight = Array.from({ length: tokenizer.vocabularySize }, (_, id) => 1 + id / 256);
    const encoder = SparseEncoder.fromModules([sparseStaticEmbedding({ tokenizer, weight })]);
    const output = join(temporaryFolder(), 'exported');
    await exportOnnx(encoder, { output });
    await encoder.dispose();
    expect(cardOf(output)).toContain('tokenizer.encode("a text", { add_special_tokens: false });');
    expect(cardOf(output)).toContain('tokenizer.encode("a text", add_special_tokens=False)');
  });
});

import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { bar } from '../../html/bar.js';
import { escapeText } from '../../html/escape.js';
import { htmlTable } from '../../html/table.js';
import type { TokenWeight } from '../../sparse/decode.js';

const TERMS = 8;

/** A model with a name for the reader. */
export interface NamedModel {
  readonly name: string;
  readonly model: SparseEncoder;
}

/** A text to show. A model may encode queries in another way than documents. */
export interface ShownText {
  readonly text: string;
  readonly isQuery: boolean;
}

/** The strongest terms that each model gives some texts. */
export async function strongestTerms(
  texts: readonly ShownText[],
  models: readonly NamedModel[],
): Promise<string> {
  const termsBy = async (model: SparseEncoder, { text, isQuery }: ShownText): Promise<TokenWeight[]> => {
    const options = { showProgressBar: false };
    const embedding = isQuery ? model.encodeQuery([text], options) : model.encodeDocument([text], options);
    return model.decode(await embedding, TERMS)[0] ?? [];
  };
  const decoded = await Promise.all(
    models.map(({ model }) => Promise.all(texts.map((text) => termsBy(model, text)))),
  );
  return texts
    .map(({ text }, index) => {
      const tables = models.map(({ name }, at) => {
        const terms = decoded[at]?.[index] ?? [];
        const most = Math.max(...terms.map(([, weight]) => weight), Number.MIN_VALUE);
        return terms.length === 0
          ? `<p>${escapeText(name)}: no active term.</p>`
          : htmlTable(
              name,
              ['term', 'weight'],
              terms.map(([token, weight]) => [token, bar(weight.toFixed(3), weight / most)]),
            );
      });
      return `<blockquote>${escapeText(text)}</blockquote><div class="grid">${tables.join('')}</div>`;
    })
    .join('\n');
}

import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { BASE_LOSS_EXAMPLES, exampleEmbeddings, type LossExample } from '../testing/every-loss.js';
import { refusalOf } from '../testing/refusal.js';

type Change = (embeddings: tf.Tensor2D[]) => unknown;

const disposed = tf.zeros([3, 4]);
disposed.dispose();
const made: tf.Tensor[] = [];
const keep = <T extends tf.Tensor>(tensor: T): T => {
  made.push(tensor);
  return tensor;
};
afterAll(() => tf.dispose(made));

const numbers = tf.ones([3, 4]);
const integers = numbers.toInt();
const cube = tf.ones([3, 2, 2]);
const wide = tf.ones([3, 5]);
const long = tf.ones([4, 4]);
const empty = tf.zeros([0, 4]);

/** Replacements for the embeddings, and what the error must say after the loss's name. */
const badEmbeddings: { what: string; change: Change; says: RegExp }[] = [
  {
    what: 'one tensor',
    change: () => numbers,
    says: /embeddings are an object \(Tensor\); expected an array/,
  },
  { what: 'nothing', change: () => undefined, says: /embeddings are undefined; expected an array/ },
  { what: 'no column', change: () => [], says: /got 0 columns; expected (at least )?\d.*takes/ },
  {
    what: 'plain arrays',
    change: ([, ...rest]) => [[[1, 2, 3, 4]], ...rest],
    says: /embeddings\[0\] is \[\[1, 2, 3, 4\]\]; expected a tensor \[batch, dimensions\]/,
  },
  {
    what: 'int32',
    change: ([, ...rest]) => [integers, ...rest],
    says: /embeddings\[0\] is int32 of shape \[3, 4\]; expected float32 \[batch, dimensions\]/,
  },
  {
    what: 'three dimensions',
    change: ([, ...rest]) => [cube, ...rest],
    says: /embeddings\[0\] is float32 of shape \[3, 2, 2\]; expected float32 \[batch, dimensions\]/,
  },
  {
    what: 'a disposed tensor',
    change: ([, ...rest]) => [disposed, ...rest],
    says: /the tensor of embeddings\[0\] is disposed/,
  },
  {
    what: 'columns of different widths',
    change: ([, ...rest]) => [wide, ...rest],
    says: /embeddings\[0\] has shape \[3, 5\], embeddings\[1\] \[3, 4\]; expected one shape/,
  },
  {
    what: 'columns of different row counts',
    change: ([, ...rest]) => [long, ...rest],
    says: /embeddings\[0\] has shape \[4, 4\], embeddings\[1\] \[3, 4\]; expected one shape/,
  },
  {
    what: 'an empty batch',
    change: (all) => all.map(() => empty),
    says: /embeddings\[0\] has shape \[0, 4\]: the batch is empty; expected a row or more/,
  },
];

/** Numbers of columns that the losses do not accept. */
const badColumns: { name: string; columns: number; says: RegExp }[] = [
  { name: 'SparseMultipleNegativesRankingLoss', columns: 1, says: /got 1 column; expected at least 2/ },
  { name: 'SparseCoSENTLoss', columns: 1, says: /got 1 column; expected 2\..*there is SparseMSELoss/ },
  { name: 'SparseCoSENTLoss', columns: 3, says: /got 3 columns; expected 2\..*SparseMarginMSELoss/ },
  { name: 'SparseAnglELoss', columns: 3, says: /got 3 columns; expected 2/ },
  { name: 'SparseCosineSimilarityLoss', columns: 3, says: /got 3 columns; expected 2/ },
  {
    name: 'SparseTripletLoss',
    columns: 2,
    says: /got 2 columns; expected 3\..*SparseMultipleNegativesRankingLoss/,
  },
  { name: 'SparseTripletLoss', columns: 4, says: /got 4 columns; expected 3/ },
  { name: 'SparseMarginMSELoss', columns: 2, says: /got 2 columns; expected at least 3/ },
  { name: 'SparseDistillKLDivLoss', columns: 2, says: /got 2 columns; expected at least 3/ },
];

describe.each(BASE_LOSS_EXAMPLES)('$name refuses, before it computes anything,', (example) => {
  const embeddings = exampleEmbeddings(example).map(keep);
  const labels = example.labels === undefined ? undefined : keep(example.labels());

  it.each(badEmbeddings)('$what', ({ change, says }) => {
    const wrong = change(embeddings) as tf.Tensor2D[];
    expect(refusalOf(() => example.compute(wrong, labels))).toMatch(refusal(example.name, says));
  });

  const counts = badColumns.filter(({ name }) => name === example.name);
  it.each(counts)('$columns column(s)', ({ columns, says }) => {
    const wrong = exampleEmbeddings(example, columns).map(keep);
    expect(refusalOf(() => example.compute(wrong, labels))).toMatch(refusal(example.name, says));
  });
});

const labelled = BASE_LOSS_EXAMPLES.filter(({ labels }) => labels !== undefined);
describe.each(labelled)('$name refuses, before it computes anything,', (example) => {
  const embeddings = exampleEmbeddings(example).map(keep);
  const right = keep((example as Required<LossExample>).labels());
  const refusalFor = (labels: unknown) => refusalOf(() => example.compute(embeddings, labels as tf.Tensor));
  const withEntry = (entry: number): tf.Tensor => {
    const values = Float32Array.from(right.dataSync());
    values[1] = entry;
    return keep(tf.tensor(values, right.shape));
  };
  const second = /label \[(0, )*1\] is/;

  it('missing labels', () => {
    expect(refusalFor(undefined)).toMatch(refusal(example.name, /labels are missing; expected .*\d/));
    expect(refusalFor(null)).toMatch(refusal(example.name, /labels are null; expected/));
  });

  it('labels that are not a tensor', () => {
    expect(refusalFor([1, 2, 3])).toMatch(refusal(example.name, /labels are \[1, 2, 3\]; expected/));
  });

  it('labels that are disposed', () => {
    expect(refusalFor(disposed)).toMatch(refusal(example.name, /the tensor of labels is disposed/));
  });

  it('labels of text', () => {
    const texts = keep(tf.tensor(['a', 'b', 'c']));
    expect(refusalFor(texts)).toMatch(
      refusal(example.name, /labels are of type string; expected float32, int32 or bool/),
    );
  });

  it('labels of a wrong shape', () => {
    const wrong = [
      keep(tf.ones([2])),
      keep(tf.ones([3, 9])),
      keep(tf.ones([1, 1, 1, 1])),
      keep(tf.scalar(1)),
    ];
    for (const labels of wrong) {
      const shape = `\\[${labels.shape.join(', ')}\\]`;
      expect(refusalFor(labels)).toMatch(
        refusal(example.name, new RegExp(`labels have shape ${shape}; expected .*3`)),
      );
    }
  });

  it.each([NaN, Infinity])('a label %d, naming which one it is', (entry) => {
    expect(refusalFor(withEntry(entry))).toMatch(refusal(example.name, second));
    expect(refusalFor(withEntry(entry))).toMatch(new RegExp(`is ${entry}; expected finite numbers`));
  });

  const allowed = example.name === 'SparseDistillKLDivLoss';
  it(`${allowed ? 'but not ' : ''}a label -Infinity`, () => {
    const says = allowed ? /^nothing was thrown/ : refusal(example.name, second);
    expect(refusalFor(withEntry(-Infinity))).toMatch(says);
  });
});

/** An InputError whose message starts with the loss's name; nothing is recorded after it. */
function refusal(name: string, says: RegExp): RegExp {
  return new RegExp(`^InputError: ${name}: [^|]*${says.source}[^|]*$`);
}

/** A quirk that is a fault of the reference, ready to be reported. Its program is `CHECK.py` in this folder. */
export interface Fault {
  readonly title: string;
  /** Why the expected value is what it is. */
  readonly derivation: string;
  /** What the program prints with the pinned versions. */
  readonly output: readonly string[];
}

/** By the id of the quirk. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'mse-label-rows-as-columns': {
    title: 'SparseMSELoss inside SpladeLoss compares columns with rows of the labels',
    derivation:
      'The loss is the mean of the squared differences between each embedding and the label of the same row. All of them are 0, so the loss is 0, as `SparseMSELoss.forward` says. The wrapper calls `compute_loss_from_embeddings` with the label tensor, over which the loss iterates: label row c is compared with the whole column c.',
    output: [
      "expected: 0.0, since every text has its teacher's embedding",
      'alone: 0.0',
      'in SpladeLoss: 0.5',
    ],
  },
  'regularizer-key-overwrites': {
    title: 'SpladeLoss loses a component of the base loss that has the name of a regularizer',
    derivation:
      'The total is the base loss plus the weighted regularizers: 10 + 1 x 0. The component is stored under a key that the regularizer then overwrites.',
    output: ['expected: 10.0, the base loss, since rows of zeros have no FLOPS', 'total: 0.0'],
  },
  'reconstruction-key-overwrites': {
    title: 'CSRLoss loses a reconstruction term if the base loss has a component of that name',
    derivation:
      'The reconstruction differs from the embedding by 1 in every dimension, so its mean square is 1 for each column. The dictionary of the base loss is merged over that of the reconstruction, whose term is lost and not trained.',
    output: [
      'expected: more than 0, since the reconstruction is wrong by 1 in every dimension',
      'total: 0.0',
    ],
  },
  'cached-first-component-has-all-gradients': {
    title: "CachedSpladeLoss gives its first component every other component's gradient",
    derivation:
      'The base loss is 0 times the sum of the embeddings, so its gradient is 0, as in SpladeLoss. The cached loss rebuilds the first component as the total minus the others, which are constants by then, so its gradient is that of the total. A trainer that weights components trains the wrong thing.',
    output: [
      'expected: [0.0, 0.0], since base_loss is 0 times its input',
      'SpladeLoss: [0.0, 0.0]',
      'CachedSpladeLoss: [0.0, 6.0]',
    ],
  },
  'cached-components-constant': {
    title: 'CachedSpladeLoss returns regularizer terms without a gradient',
    derivation:
      'The regularizer is a function of embeddings that require a gradient, so its value does, too, as in SpladeLoss.',
    output: [
      'expected: True, since the regularizer depends on the embeddings',
      'SpladeLoss: True',
      'CachedSpladeLoss: False',
    ],
  },
  'in-place-diagonal': {
    title: 'SparseMultipleNegativesRankingLoss fails with similarity functions that remember their result',
    derivation:
      'The loss is a composition of differentiable functions, so it has a gradient. The directions query_to_query and doc_to_doc write -inf into the diagonal of the similarity in place, and the backward pass of sigmoid, exp or tanh needs the values that were there.',
    output: [
      'expected: a gradient, since sigmoid is differentiable',
      'found: RuntimeError, modified by an inplace operation',
    ],
  },
  'euclidean-matrix-equal-rows': {
    title: 'euclidean_sim of equal rows is not 0 from 26 rows on',
    derivation:
      '|a - a| = 0 for every finite a. From 26 rows on `torch.cdist` expands the square into |a|^2 + |b|^2 - 2 ab, whose terms cancel. Its option `compute_mode="donot_use_mm_for_euclid_dist"` computes from the differences.',
    output: ['expected: 0.0, the distance of a row from itself', '25 rows: 0.0', '26 rows, above 0.01: True'],
  },
  'angle-cites-cosent': {
    title: 'SparseAnglELoss cites the paper of CoSENT',
    derivation:
      'The loss is that of AnglE-optimized Text Embeddings, as its documentation says. The property is inherited from SparseCoSENTLoss.',
    output: [
      'expected: the paper AnglE-optimized Text Embeddings (arXiv 2309.12871)',
      'found: title={CoSENT: Consistent Sentence Embedding via Similarity Ranking},',
    ],
  },
};

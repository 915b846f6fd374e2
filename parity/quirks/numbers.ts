import type { Quirk } from './quirk.js';

/** Values and gradients that depend on the way they are computed, or differ from the paper or the documentation. */
export const NUMBER_QUIRKS: readonly Quirk[] = [
  {
    id: 'euclidean-matrix-equal-rows',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference:
      'From 26 rows on the matrix of Euclidean distances is computed by expanding the square: equal rows are not at distance 0 and near rows lose their distance and their gradient.',
    paper: '|a - b|',
    ours: 'From the differences, at any size: equal rows at 0, near rows exact. The float64 truth of the parity suite is computed without the shortcut.',
    check: 'euclidean_matrix_equal_rows',
  },
  {
    id: 'zero-row-cosine',
    losses: [
      'SparseCosineSimilarityLoss',
      'SparseCoSENTLoss',
      'SparseAnglELoss',
      'SparseTripletLoss',
      'SparseMultipleNegativesRankingLoss',
    ],
    reference:
      'At a row of zeros the gradient of a cosine is the other row, normalized, times 1e12; in SparseCosineSimilarityLoss times 1e8.',
    paper: 'undefined (the cosine of a zero row is)',
    ours: 'The same: behind SPLADE pooling or top-k these rows get no gradient anyway, and a run of the reference could not be repeated otherwise.',
    check: 'zero_row_cosine',
  },
  {
    id: 'tiny-row-cosine',
    losses: ['SparseCosineSimilarityLoss'],
    reference:
      'Norms are floored at 1e-8 in this loss and at 1e-12 in every other cosine, and this floor is hidden from differentiation.',
    paper: 'A . B / (|A| |B|)',
    ours: 'The same two floors and gradients.',
    check: 'tiny_row_cosine',
  },
  {
    id: 'cosine-labels-float32',
    losses: ['SparseCosineSimilarityLoss'],
    reference: 'Labels become float32 even where the embeddings are float64.',
    paper: 'undefined',
    ours: 'All is float32. Labels of the parity suite are float32 numbers, so the float64 truth is not affected.',
    check: 'cosine_labels_float32',
  },
  {
    id: 'cosine-is-mean-square',
    losses: ['SparseCosineSimilarityLoss'],
    reference: 'The mean square of the differences.',
    paper: 'The documentation says ||label - cosine||_2, a norm.',
    ours: 'The mean square; our documentation says so.',
    check: 'cosine_is_mean_square',
  },
  {
    id: 'opposite-rows-have-angle-similarity-one',
    losses: ['SparseAnglELoss'],
    reference:
      'The angle similarity is an absolute value: x and -x have similarity 1, like x and x, and so have some orthogonal rows.',
    paper: "As in the authors' code; the paper's equation has the opposite order of subtraction.",
    ours: 'The same.',
    check: 'opposite_rows_have_angle_similarity_one',
  },
  {
    id: 'angle-not-symmetric',
    losses: ['SparseAnglELoss'],
    reference: 'The angle similarity changes when its arguments are swapped, and can exceed 1.',
    paper: 'undefined',
    ours: 'The same; our documentation says so.',
    check: 'angle_not_symmetric',
  },
  {
    id: 'flops-signs-cancel',
    losses: ['FlopsLoss'],
    reference: 'The mean activation is taken with its sign: rows x and -x cost nothing.',
    paper: 'The mean of absolute values (Paria et al.); the same for activations that are never negative.',
    ours: 'The same as the reference; SPLADE and top-k activations are never negative.',
    check: 'flops_signs_cancel',
  },
  {
    id: 'flops-dropped-row-poisons',
    losses: ['FlopsLoss'],
    reference: 'Rows below the threshold are multiplied by 0, so a dropped row with inf or NaN gives NaN.',
    paper: 'undefined',
    ours: 'The same: a NaN that shows is better than one that is hidden.',
    check: 'flops_dropped_row_poisons',
  },
  {
    id: 'flops-dropped-rows-count',
    losses: ['FlopsLoss'],
    reference: 'The mean still divides by the whole batch, dropped rows included.',
    paper: 'The documentation says that rows with few active dimensions are ignored.',
    ours: 'The same.',
    check: 'flops_dropped_rows_count',
  },
  {
    id: 'hardness-uses-raw-similarity',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference:
      'Hardness multiplies whatever the similarity function gives, unscaled: dot products of any size by default.',
    paper: 'The cosine, as the documentation of the dense loss still says.',
    ours: 'The same as the reference.',
    check: 'hardness_uses_raw_similarity',
  },
  {
    id: 'ranking-overflow',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference: 'Dot products beyond float32 give inf - inf: NaN.',
    paper: 'undefined',
    ours: 'The same.',
    check: 'ranking_overflow',
  },
  {
    id: 'cosent-nan-score-equal-labels',
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss'],
    reference:
      'A NaN similarity makes the loss NaN even where labels are equal and nothing is compared; an infinite one, too.',
    paper: 'Only pairs of different labels take part.',
    ours: 'NaN is never hidden; an infinite score that is compared with none takes no part: loss 0.',
    check: 'cosent_nan_score_equal_labels',
  },
  {
    id: 'log-sum-exp-huge-ties',
    losses: ['SparseMultipleNegativesRankingLoss', 'SparseCoSENTLoss', 'SparseAnglELoss'],
    reference:
      'The softmax in the gradient of a log-sum-exp is exp(score - result). Beside scores above 1e7 (1e16 in float64) the result has no digits left for the number of ties: each gets weight 1 instead of an equal share.',
    paper: 'A softmax adds up to 1.',
    ours: 'Equal shares, from the terms and their sum.',
    check: 'log_sum_exp_huge_ties',
  },
  {
    id: 'mean-square-overflow',
    losses: ['SparseMSELoss', 'SparseMarginMSELoss', 'SparseCosineSimilarityLoss', 'CSRReconstructionLoss'],
    reference: 'A mean is a sum, divided: squares that float32 holds give inf where their sum does not fit.',
    paper: 'undefined',
    ours: 'Divided, then summed, as tfjs does: finite where the mean is. Both round alike elsewhere.',
    check: 'mean_square_overflow',
  },
  {
    id: 'in-place-diagonal',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference:
      'query_to_query and doc_to_doc write -inf into the result of the similarity function. If that function ends in something that remembers its result (sigmoid, exp, tanh), the backward pass raises RuntimeError.',
    paper: 'undefined',
    ours: 'Nothing is changed in place; any similarity function works.',
    check: 'in_place_diagonal',
  },
  {
    id: 'aux-jumps-at-constant-batch',
    losses: ['CSRReconstructionLoss', 'CSRLoss'],
    reference:
      'The auxiliary term is divided by the variance of the batch, or by 1 where all rows are equal: it is moderate for equal rows and without bound for nearly equal ones.',
    paper: "undefined; the authors' code puts 0 where the quotient is NaN.",
    ours: 'The same.',
    check: 'aux_jumps_at_constant_batch',
  },
  {
    id: 'reconstruction-trains-backbone',
    losses: ['CSRReconstructionLoss', 'CSRLoss'],
    reference:
      'The dense embedding is not detached: it is drawn towards its reconstruction, and through the divisor of the auxiliary term towards more variance.',
    paper: 'The paper trains an auto-encoder on the embeddings of a frozen model.',
    ours: 'The same gradients; freeze the dense model to train as in the paper.',
    check: 'reconstruction_trains_backbone',
  },
  {
    id: 'tie-subgradients',
    losses: ['SparseTripletLoss', 'SparseMultipleNegativesRankingLoss', 'SparseMarginMSELoss'],
    reference: 'Derivatives at kinks are 0: of a norm and of |x| at 0, and of a hinge that is exactly 0.',
    paper: 'undefined',
    ours: 'The same, in operations of our own: those of tfjs give -1 for |x| and NaN for a norm.',
    check: 'tie_subgradients',
  },
  {
    id: 'square-underflow',
    losses: ['SparseTripletLoss', 'SparseMultipleNegativesRankingLoss'],
    reference: 'A difference whose square underflows in float32 counts as distance 0 and has no gradient.',
    paper: '|a - b|',
    ours: 'The same.',
    check: 'square_underflow',
  },
];

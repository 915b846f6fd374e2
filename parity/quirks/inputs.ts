import type { Quirk } from './quirk.js';

/** Columns and labels that the reference accepts although it should not, or refuses in an unclear way. */
export const INPUT_QUIRKS: readonly Quirk[] = [
  {
    id: 'mse-label-rows-as-columns',
    losses: ['SparseMSELoss', 'SpladeLoss', 'CachedSpladeLoss', 'CSRLoss'],
    reference:
      'A wrapper hands the label tensor on, and SparseMSELoss iterates it row by row: column c is compared with label row c, broadcast over the batch. Torch warns of the sizes, and for [B, n, D] with B = n not even that.',
    paper: "Every text is compared with its own teacher embedding; the loss's own forward does so.",
    ours: 'The value of the loss alone, inside every wrapper: [B, D] is the target of all columns, [B, n, D] has one per column. The parity suite gives the reference one tensor per column.',
    check: 'mse_label_rows_as_columns',
  },
  {
    id: 'mse-columns-dropped',
    losses: ['SparseMSELoss', 'SpladeLoss', 'CachedSpladeLoss', 'CSRLoss'],
    reference:
      'Columns are paired with label rows up to the shorter of the two, so inside a wrapper a batch with fewer rows than columns trains the first columns only, silently.',
    paper: 'The mean over all columns.',
    ours: 'Every column is compared with its target; labels of any shape but [B, D] and [B, n, D] are an InputError.',
    check: 'mse_columns_dropped',
  },
  {
    id: 'target-broadcast',
    losses: ['SparseMSELoss', 'CSRReconstructionLoss'],
    reference:
      'A target or reconstruction whose width (or batch) is 1 is broadcast, with a Python warning that training logs bury; other differing widths raise RuntimeError.',
    paper: 'undefined',
    ours: 'InputError: a target of another shape is a mistake in the data or the model.',
    check: 'target_broadcast',
  },
  {
    id: 'extra-column-ignored',
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseCosineSimilarityLoss'],
    reference: 'Columns after the second take no part in the loss, silently, though each costs a forward.',
    paper: 'Pairs of texts with a score.',
    ours: 'InputError for any number of columns but two.',
    check: 'extra_column_ignored',
  },
  {
    id: 'ranking-extra-positives',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference:
      'Columns of positives or negatives with more rows than there are anchors pass as extra candidates, silently.',
    paper: 'One positive and n negatives per anchor.',
    ours: 'InputError: all columns of a batch have the same number of rows.',
    check: 'ranking_extra_positives',
  },
  {
    id: 'ranking-fewer-positives',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference: 'Fewer positives than anchors end in an IndexError from inside the loss.',
    paper: 'undefined',
    ours: 'InputError that names the column and both shapes.',
    check: 'ranking_fewer_positives',
  },
  {
    id: 'single-row-broadcast',
    losses: ['SparseTripletLoss', 'SparseCoSENTLoss', 'SparseAnglELoss', 'SparseMarginMSELoss'],
    reference: 'A column of one row is broadcast against a batch by the pairwise similarities, silently.',
    paper: 'undefined',
    ours: 'InputError: all columns of a batch have the same shape.',
    check: 'single_row_broadcast',
  },
  {
    id: 'too-few-columns',
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseTripletLoss', 'SparseMarginMSELoss'],
    reference:
      'IndexError (CoSENT), "stack expects a non-empty TensorList" (MarginMSE without negatives) or "not enough values to unpack" (triplet).',
    paper: 'undefined',
    ours: 'InputError that names the columns and labels this loss takes, and the losses for the data at hand.',
    check: 'too_few_columns',
  },
  {
    id: 'missing-labels',
    losses: [
      'SparseCoSENTLoss',
      'SparseAnglELoss',
      'SparseCosineSimilarityLoss',
      'SparseMarginMSELoss',
      'SparseDistillKLDivLoss',
      'SparseMSELoss',
    ],
    reference:
      "AttributeError \"'NoneType' object has no attribute 'numel'\" or the like; SparseMSELoss in a wrapper: TypeError.",
    paper: 'undefined',
    ours: 'InputError that says which labels the loss expects.',
    check: 'missing_labels',
  },
  {
    id: 'nan-label-cosent',
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss'],
    reference:
      'A NaN label is sorted last and then, as the steps of a binary search fall, compared as the largest or not at all: two rows with one NaN give loss 0 and no gradient.',
    paper: 'undefined',
    ours: 'InputError with the position of the label. Within `compile` no values are checked: `checkLabelValues` does it before.',
    check: 'nan_label_cosent',
  },
  {
    id: 'nan-label-regression',
    losses: ['SparseMarginMSELoss', 'SparseCosineSimilarityLoss', 'SparseMSELoss'],
    reference:
      'A NaN label makes the loss NaN and the gradients of its own row only, which then poison all parameters.',
    paper: 'undefined',
    ours: 'InputError with the position of the label, as for nan-label-cosent.',
    check: 'nan_label_regression',
  },
  {
    id: 'kl-first-batch-only',
    losses: ['SparseDistillKLDivLoss'],
    reference:
      'NaN teacher scores raise ValueError on the first call of an instance only; every later call returns NaN.',
    paper: 'undefined (said in a docstring, to save a device synchronization)',
    ours: 'InputError on every call. Only the warning about a too sharp teacher is given once per instance, as in the reference.',
    check: 'kl_first_batch_only',
  },
  {
    id: 'kl-plus-infinity',
    losses: ['SparseDistillKLDivLoss'],
    reference:
      'Any infinite teacher score counts as "candidate left out on purpose" in the check; +infinity then gives a NaN loss.',
    paper: 'undefined',
    ours: '-infinity leaves a candidate out, as in the reference; +infinity is an InputError.',
    check: 'kl_plus_infinity',
  },
  {
    id: 'margin-labels-small-integers',
    losses: ['SparseMarginMSELoss'],
    reference:
      'Teacher scores are subtracted in their own type: uint8 wraps (1 - 2 = 255), bool raises RuntimeError.',
    paper: 'The margin is the difference of the scores.',
    ours: 'Labels become float32 before they are subtracted; float32, int32 and bool are accepted.',
    check: 'margin_labels_small_integers',
  },
  {
    id: 'matrix-similarity-as-pairwise',
    losses: ['SparseMarginMSELoss', 'SparseTripletLoss'],
    reference:
      'A similarity that returns a matrix where one number per row is meant gives a finite loss of another objective; only CoSENT refuses it.',
    paper: 'undefined',
    ours: 'A compile-time error in TypeScript, and an InputError at run time in every loss.',
    check: 'matrix_similarity_as_pairwise',
  },
  {
    id: 'empty-batch',
    losses: [
      'FlopsLoss',
      'SparseMultipleNegativesRankingLoss',
      'SparseTripletLoss',
      'SparseCosineSimilarityLoss',
      'SparseMSELoss',
      'SparseMarginMSELoss',
      'SparseCoSENTLoss',
      'SparseAnglELoss',
    ],
    reference: 'NaN, the mean of nothing; 0 in CoSENT and AnglE.',
    paper: 'undefined',
    ours: 'InputError.',
    check: 'empty_batch',
  },
];

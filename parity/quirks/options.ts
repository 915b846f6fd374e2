import type { Quirk } from './quirk.js';

/** Options that the reference accepts although they cannot work, or that do something unexpected. */
export const OPTION_QUIRKS: readonly Quirk[] = [
  {
    id: 'hardness-strength-nan',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference: 'hardness_strength NaN passes the check "not below 0" and then has no effect.',
    paper: 'A number that is not negative.',
    ours: 'OptionError.',
    check: 'hardness_strength_nan',
  },
  {
    id: 'scale-infinite',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference: 'scale = inf passes the check "above 0"; every loss is NaN.',
    paper: 'undefined',
    ours: 'OptionError.',
    check: 'scale_infinite',
  },
  {
    id: 'number-options-unchecked',
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseTripletLoss', 'SpladeLoss', 'CSRLoss'],
    reference:
      'scale, triplet_margin, the weights of regularizers, beta and gamma may be anything: scale 0 gives a constant, a negative one turns the order round, NaN makes every loss NaN.',
    paper: 'undefined',
    ours: 'The same for finite numbers, 0 and below among them; NaN, infinity and what is not a number are an OptionError.',
    check: 'number_options_unchecked',
  },
  {
    id: 'threshold-unchecked',
    losses: ['FlopsLoss', 'SpladeLoss', 'CachedSpladeLoss'],
    reference: 'A negative threshold has no effect; NaN drops every row, so the regularizer is silently 0.',
    paper: 'A number of active dimensions.',
    ours: 'OptionError for both.',
    check: 'threshold_unchecked',
  },
  {
    id: 'threshold-ignored-with-regularizer',
    losses: ['SpladeLoss', 'CachedSpladeLoss'],
    reference: 'A threshold given beside a regularizer is ignored, silently.',
    paper: 'The threshold of the default FlopsLoss.',
    ours: 'Ignored with a warning.',
    check: 'threshold_ignored_with_regularizer',
  },
  {
    id: 'mini-batch-size-unchecked',
    losses: ['CachedSpladeLoss'],
    reference:
      'mini_batch_size 0 or below is taken by the constructor and fails at the first call, with "range() arg 3 must not be zero" or an error about concatenating nothing.',
    paper: 'undefined',
    ours: 'OptionError in the constructor for anything but a whole number from 1.',
    check: 'mini_batch_size_unchecked',
  },
  {
    id: 'base-loss-unusable',
    losses: ['SpladeLoss', 'CachedSpladeLoss', 'CSRLoss', 'FlopsLoss', 'CSRReconstructionLoss'],
    reference:
      'FlopsLoss and CSRReconstructionLoss are taken as base loss and fail with TypeError at the first call.',
    paper: 'The documentation of CSRLoss excludes both.',
    ours: 'OptionError in the constructor.',
    check: 'base_loss_unusable',
  },
  {
    id: 'base-loss-without-method',
    losses: ['CSRLoss', 'SpladeLoss', 'CachedSpladeLoss'],
    reference:
      'CSRLoss does not check its base loss, and neither wrapper its regularizers, for compute_loss_from_embeddings: AttributeError at the first call.',
    paper: 'undefined',
    ours: 'OptionError in the constructor.',
    check: 'base_loss_without_method',
  },
  {
    id: 'functions-unchecked',
    losses: ['SparseTripletLoss', 'SparseMarginMSELoss', 'SparseCoSENTLoss'],
    reference: 'A name instead of a similarity or distance function fails at the first call with TypeError.',
    paper: 'undefined',
    ours: 'OptionError in the constructor that lists what is expected.',
    check: 'functions_unchecked',
  },
  {
    id: 'triplet-metric-has-no-members',
    losses: ['SparseTripletLoss'],
    reference:
      'TripletDistanceMetric is an Enum of plain functions, which Python takes for methods: it has no members to list or to look up.',
    paper: 'undefined',
    ours: 'An object with the keys COSINE, EUCLIDEAN and MANHATTAN.',
    check: 'triplet_metric_has_no_members',
  },
  {
    id: 'angle-cites-cosent',
    losses: ['SparseAnglELoss'],
    reference: "The citation is CoSENT's, inherited.",
    paper: 'Li and Li, AnglE-optimized Text Embeddings (2023).',
    ours: 'The same citation, so that model cards agree; the documentation of the class names the paper.',
    check: 'angle_cites_cosent',
  },
  {
    id: 'angle-sets-cosine',
    losses: ['SparseAnglELoss'],
    reference:
      "Sets the model's similarity to cosine, although it trains the angle, which a model cannot select.",
    paper: 'undefined',
    ours: 'The same: a model trained with it is saved and searched alike.',
    check: 'angle_sets_cosine',
  },
  {
    id: 'query-regularizer-unused',
    losses: ['SpladeLoss', 'CachedSpladeLoss'],
    reference:
      'Without query weight a query FlopsLoss is made nevertheless, and its threshold appears in the configuration; with document-only regularization the attribute does not exist.',
    paper: 'undefined',
    ours: 'The same configuration (a schedule may set the weight later); the attribute is null instead of missing.',
    check: 'query_regularizer_unused',
  },
  {
    id: 'config-omits-document-only',
    losses: ['SpladeLoss', 'CachedSpladeLoss', 'CSRLoss'],
    reference:
      'The configuration never lists use_document_regularizer_only, and its "loss" is the loss object, but the class name in CSRLoss.',
    paper: 'undefined',
    ours: 'The same keys and kinds, so that model cards agree.',
    check: 'config_omits_document_only',
  },
  {
    id: 'warnings-on-root-logger',
    losses: ['SpladeLoss', 'CachedSpladeLoss'],
    reference:
      "Warnings go to Python's root logger, past the package's own, where its log level cannot silence them.",
    paper: 'undefined',
    ours: 'All warnings go through one handler, which setWarningHandler replaces.',
    check: 'warnings_on_root_logger',
  },
  {
    id: 'gather-alone',
    losses: ['SparseMultipleNegativesRankingLoss'],
    reference:
      'gather_across_devices without a process group changes nothing; one warning per process at the first call.',
    paper: 'undefined',
    ours: 'Changes nothing, ever: there is one process. One warning per loss, in the constructor.',
    check: 'gather_alone',
  },
  {
    id: 'alone-raises-attribute-error',
    losses: [
      'SparseMultipleNegativesRankingLoss',
      'SparseCoSENTLoss',
      'SparseAnglELoss',
      'SparseCosineSimilarityLoss',
      'SparseTripletLoss',
      'SparseMarginMSELoss',
      'SparseDistillKLDivLoss',
      'FlopsLoss',
      'CSRReconstructionLoss',
    ],
    reference:
      'forward raises AttributeError (NotImplementedError in the last two), as if the method were missing.',
    paper: 'They are parts of SpladeLoss or CSRLoss.',
    ours: 'UsageError that names the wrappers.',
    check: 'alone_raises_attribute_error',
  },
];

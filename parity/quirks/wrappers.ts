import type { Quirk } from './quirk.js';

/** How the reference's wrappers treat the losses inside them. */
export const WRAPPER_QUIRKS: readonly Quirk[] = [
  {
    id: 'regularizer-key-overwrites',
    losses: ['SpladeLoss', 'CachedSpladeLoss'],
    reference:
      'A component of the base loss with the name of a regularizer term is overwritten and lost; the total of the cached loss still contains it, so the two losses differ.',
    paper: 'undefined',
    ours: 'OptionError that names the component.',
    check: 'regularizer_key_overwrites',
  },
  {
    id: 'reconstruction-key-overwrites',
    losses: ['CSRLoss'],
    reference:
      'A component of the base loss with the name of a reconstruction term replaces it, so reconstruction is not trained.',
    paper: 'undefined',
    ours: 'OptionError that names the component.',
    check: 'reconstruction_key_overwrites',
  },
  {
    id: 'cached-components-constant',
    losses: ['CachedSpladeLoss'],
    reference:
      'Components come back as float32 constants without gradient; only the first, rebuilt as the total minus the others, has one.',
    paper: 'undefined',
    ours: 'Every component is real and has its own gradient, as in SpladeLoss.',
    check: 'cached_components_constant',
  },
  {
    id: 'cached-first-component-has-all-gradients',
    losses: ['CachedSpladeLoss'],
    reference:
      "The gradient of the first component is that of the total: base_loss alone, or with a weight of its own, trains the regularizers' share, too.",
    paper: 'undefined',
    ours: "A component's gradient is its own.",
    check: 'cached_first_component_has_all_gradients',
  },
  {
    id: 'cached-component-after-overflow',
    losses: ['CachedSpladeLoss'],
    reference: 'Where another component is infinite, the first is reported as inf - inf: NaN.',
    paper: 'undefined',
    ours: 'Every component has its own value, whatever the others are.',
    check: 'cached_component_after_overflow',
  },
  {
    id: 'component-not-scalar',
    losses: ['SpladeLoss', 'CachedSpladeLoss', 'CSRLoss'],
    reference:
      'A base loss that returns a vector passes through SpladeLoss and CSRLoss and fails in the trainer; in CachedSpladeLoss it is a RuntimeError.',
    paper: 'undefined',
    ours: 'InputError in all three.',
    check: 'component_not_scalar',
  },
  {
    id: 'splade-single-column',
    losses: ['SpladeLoss', 'CachedSpladeLoss'],
    reference:
      'One column, without document-only regularization, ends in an error about concatenating nothing.',
    paper: 'undefined',
    ours: 'InputError that names useDocumentRegularizerOnly.',
    check: 'splade_single_column',
  },
  {
    id: 'reconstruction-without-columns',
    losses: ['CSRReconstructionLoss'],
    reference: 'No columns give three Python numbers 0.0, which fail later as they are not tensors.',
    paper: 'undefined',
    ours: 'InputError.',
    check: 'reconstruction_without_columns',
  },
  {
    id: 'columns-merged',
    losses: ['SpladeLoss', 'SparseMSELoss'],
    reference:
      'Document columns alike in their features go through the model as one batch, others one by one: the same values, but other dropout draws, memory and padding.',
    paper: 'Stated to be the same up to dropout.',
    ours: 'One forward per column, always.',
    check: 'columns_merged',
  },
];

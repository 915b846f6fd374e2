import type { ExportMutant } from './mistake.js';
import { LOGITS, SPARSE_OUTPUTS } from './outputs.js';
import { ACTIVE_DIMENSIONS, CSR, SPLADE_POOLING, STATIC } from './pooling.js';
import { ATTENTION, EMBEDDINGS, LAYERS } from './transformer.js';

export const EXPORT_MUTANTS: readonly ExportMutant[] = Object.entries({
  attention: ATTENTION,
  embeddings: EMBEDDINGS,
  layers: LAYERS,
  'splade-pooling': SPLADE_POOLING,
  logits: LOGITS,
  'active-dimensions': ACTIVE_DIMENSIONS,
  csr: CSR,
  static: STATIC,
  'sparse-outputs': SPARSE_OUTPUTS,
}).flatMap(([part, mistakes]) =>
  Object.entries(mistakes).map(([name, mistake]) => ({ id: `${part}/${name}`, ...mistake })),
);

import { ANGLE } from './angle.js';
import { CACHED_SPLADE } from './cached-splade.js';
import { COSENT } from './cosent.js';
import { COSINE_SIMILARITY } from './cosine-similarity.js';
import { CSR_RECONSTRUCTION } from './csr-reconstruction.js';
import { CSR } from './csr.js';
import { FLOPS } from './flops.js';
import { KL_DIV } from './kl-div.js';
import { MARGIN_MSE } from './margin-mse.js';
import { MSE } from './mse.js';
import type { Mutant, Topic } from './mutant.js';
import { OWN_LOSSES } from './own-losses.js';
import { DISTANCES, PAIR_LOSSES } from './pair-losses.js';
import { RANKING } from './ranking.js';
import { SIMILARITIES } from './similarities.js';
import { SPLADE } from './splade.js';
import { TRIPLET } from './triplet.js';
import { UNCHECKED } from './unchecked.js';

export type { Mutant } from './mutant.js';

const TOPICS: readonly Topic[] = [
  RANKING,
  COSENT,
  COSINE_SIMILARITY,
  TRIPLET,
  MSE,
  MARGIN_MSE,
  KL_DIV,
  FLOPS,
  SPLADE,
  CACHED_SPLADE,
  CSR_RECONSTRUCTION,
  CSR,
  ...SIMILARITIES,
  ANGLE,
  ...PAIR_LOSSES,
  ...DISTANCES,
  OWN_LOSSES,
  UNCHECKED,
];

/** Every wrong variant. The comparison must catch all except those declared equivalent. */
export const MUTANTS: readonly Mutant[] = TOPICS.flatMap(({ mutants }) => mutants);

/** The restatements behind the wrong variants, without a mistake. None may be caught. */
export const CONTROLS: readonly Mutant[] = TOPICS.flatMap(({ controls }) => controls);

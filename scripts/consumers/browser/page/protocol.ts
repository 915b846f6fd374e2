import type { Embedding } from '../encoder/embedding.js';
import type { Backend, SiteGraph } from '../site.js';

/** A request of the page to its worker. */
export type Request =
  | { readonly kind: 'load'; readonly id: number; readonly graph: SiteGraph; readonly backend: Backend }
  | { readonly kind: 'embed'; readonly id: number; readonly text: string };

/** A text as the model sees it. */
export interface Embedded extends Embedding {
  /** The names of the dimensions. */
  readonly terms: readonly string[];
  readonly ids: readonly number[];
  readonly milliseconds: number;
}

export interface Loaded {
  readonly version: string;
  readonly milliseconds: number;
}

export type Answer =
  | { readonly kind: 'progress'; readonly note: string }
  | { readonly kind: 'done'; readonly id: number; readonly result: Loaded | Embedded }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

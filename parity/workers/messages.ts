import type { ErrorKind } from '../../src/errors.js';
import type { ParityOptions } from '../command.js';
import type { Sent, Share } from './share.js';

/** What a worker is to do. */
export interface ToWorker {
  readonly options: ParityOptions;
  readonly share: Share;
}

/** What a worker tells: each cell when it is judged, then all results of losses, then those of models. */
export type FromWorker =
  | { readonly what: 'cell'; readonly name: string }
  | { readonly what: 'losses'; readonly losses: Sent['losses'] }
  | { readonly what: 'models'; readonly models: Sent['models'] }
  | { readonly what: 'failed'; readonly kind: ErrorKind | undefined; readonly message: string };

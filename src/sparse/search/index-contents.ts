import { ReadableError } from '../../errors.js';
import type { PostingBlock } from './posting-block.js';

/** What an index is made of. */
export interface IndexContents {
  readonly columns: number;
  readonly blocks: readonly PostingBlock[];
}

/** A file that is not an index, or a damaged one. */
export class IndexFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'IndexFileError';
}

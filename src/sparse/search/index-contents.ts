import { ReadableError } from '../../errors.js';
import type { PostingBlock } from './posting-block.js';

/** The parts of an index. */
export interface IndexContents {
  readonly columns: number;
  readonly blocks: readonly PostingBlock[];
}

/** The file is not an index, or it is damaged. */
export class IndexFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'IndexFileError';
}

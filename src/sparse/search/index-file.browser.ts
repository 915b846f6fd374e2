/** Replaces `index-file.ts`, which needs Node, in bundles for browsers. */
import { UsageError } from '../../errors.js';
import type { IndexContents } from './index-contents.js';

const needsNode = (): UsageError => new UsageError('an index is saved to and loaded from files in Node only');

export async function writeIndexFile(_contents: IndexContents, _path: string): Promise<void> {
  throw needsNode();
}

export async function readIndexFile(_path: string): Promise<IndexContents> {
  throw needsNode();
}

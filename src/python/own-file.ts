import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

/** A file of this folder that is not TypeScript: it is never compiled, so it stays here. */
export const ownFile = (name: string): string => join(packageRoot(), 'src', 'python', name);

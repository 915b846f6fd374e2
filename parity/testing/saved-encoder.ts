import { join } from 'node:path';
import type { SparseEncoder } from '../../src/index.js';
import type { ModelFamily, ModelSource } from '../models/folders.js';

/** An encoder that was put together here, as the folder that it is saved to. */
export const savedEncoder = (
  name: string,
  family: ModelFamily,
  make: () => Promise<SparseEncoder>,
): ModelSource => ({
  name,
  family,
  backbone: 'BERT',
  open: async ({ folder }) => {
    const saved = join(folder, name.replaceAll(' ', '-'));
    const encoder = await make();
    await encoder.save(saved);
    await encoder.dispose();
    return saved;
  },
});

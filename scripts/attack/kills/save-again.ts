/** Saves a model to a folder again and again, until it is killed: save-again.ts MODEL FOLDER */
import { SparseEncoder } from '../../../src/index.js';

const [model = '', folder = ''] = process.argv.slice(2);
const encoder = await SparseEncoder.load(model);
for (;;) await encoder.save(folder, { overwrite: true });

import { fileURLToPath } from 'node:url';
import { runProgram } from './child-program.js';
import type { Consumer } from './consumer.js';
import { ensureNodePackage } from './node-packages.js';

const PROGRAM = fileURLToPath(new URL('./transformers-js-program.ts', import.meta.url));

/** In a separate process, since it brings another version of the runtime. */
export const transformersJs: Consumer = {
  summary: 'transformers.js in Node: AutoTokenizer and AutoModelForMaskedLM',
  formats: ['logits', 'all'],
  tasks: false,
  spladeOnly: true,
  otherTokens: 'texts that are cut lose their last special token; ς and Chinese characters beyond U+FFFF',
  run: async ({ graph, texts, log }) => {
    const folder = await ensureNodePackage(
      { name: '@huggingface/transformers', version: '4.3.1', size: '0.5 GB' },
      log,
    );
    return await runProgram([process.execPath, '--import', import.meta.resolve('tsx'), PROGRAM], {
      graph,
      texts,
      packages: folder,
    });
  },
};

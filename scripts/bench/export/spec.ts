import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../../../src/errors.js';
import { environmentsFolder } from '../../../src/python/managed-environment.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MODEL = join(environmentsFolder(), 'models', 'splade');
const EXPORTS = join(environmentsFolder(), 'exports');

/** Runs a batch of token ids through an exported graph repeatedly. */
export const ExportCase = z.object({
  /** The exported graph, including its pooling. */
  pooled: z.string(),
  /** The same encoder up to its logits. The other side pools them as torch.onnx writes SpladePooling. */
  logits: z.string(),
  texts: z.number(),
  length: z.number(),
});

export type ExportCase = z.infer<typeof ExportCase>;

export function exportRows(quick: boolean): { name: string; spec: ExportCase }[] {
  const [pooled, forCpu, logits] = [exported('dense'), exported('dense', 'cpu'), exported('logits')];
  const shapes = quick
    ? [[4, 64]]
    : [
        [32, 256],
        [32, 64],
        [1, 16],
      ];
  return shapes.flatMap(([texts = 0, length = 0]) => {
    const name = `splade, ${texts} x ${length} tokens`;
    return [
      { name, spec: { pooled, logits, texts, length } },
      { name: `${name}, target cpu`, spec: { pooled: forCpu, logits, texts, length } },
    ];
  });
}

/** The trained model's graph, written now by the command that users have. */
function exported(format: string, target = 'any'): string {
  if (!existsSync(MODEL)) throw new UsageError(`there is no ${MODEL}; \`npm run make-models\` makes it`);
  const folder = join(EXPORTS, target === 'any' ? `splade-${format}` : `splade-${format}-${target}`);
  const command = ['--import', 'tsx', join(ROOT, 'src', 'cli', 'main.ts')];
  const options = ['--output', folder, '--force', '--format', format, '--target', target];
  execFileSync(process.execPath, [...command, 'export', MODEL, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'onnx', 'model.onnx');
}

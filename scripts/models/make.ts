import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BACKBONE_NOTICE } from './backbone-notice.js';
import { type Family, metricsFile } from './metrics.js';
import { runWithProgress, type ScriptProgress } from './python-progress.js';

type OnProgress = (progress: ScriptProgress) => void;

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface TrainingOptions {
  readonly python: string;
  /** It already contains the data. The model's folder appears in it when it is complete. */
  readonly folder: string;
  readonly minutes?: number;
}

export async function trainModel(
  family: Family,
  { python, folder, minutes }: TrainingOptions,
  onProgress: OnProgress,
): Promise<void> {
  const scratch = mkdtempSync(join(folder, `.${family}-`));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', removeScratch);
  try {
    const [out, metrics] = [join(scratch, family), join(scratch, 'metrics.json')];
    const args = ['--family', family, '--data', folder, '--out', out, '--metrics', metrics];
    if (family === 'inference-free') args.push('--trained', join(folder, 'splade'));
    if (minutes !== undefined) args.push('--minutes', String(minutes));
    await runWithProgress(python, script('train.py'), args, onProgress);
    const target = join(folder, family);
    if (existsSync(target)) renameSync(target, join(scratch, 'before'));
    renameSync(metrics, metricsFile(folder, family));
    renameSync(out, target);
  } finally {
    process.removeListener('exit', removeScratch);
    removeScratch();
  }
}

/** All tiny models, or the named ones. Each replaces its folder when it is complete. */
export async function makeTinyModels(
  python: string,
  folder: string,
  names: readonly string[],
  onProgress: OnProgress,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const only = names.length === 0 ? [] : ['--only', ...names];
  await runWithProgress(python, script('tiny.py'), ['--out', folder, ...only], onProgress);
}

/** The small backbone of the quickstart, of which the folder holds the data. It replaces `out` when it is complete. */
export async function makeBackbone(
  python: string,
  { folder, out }: { readonly folder: string; readonly out: string },
  onProgress: OnProgress,
): Promise<void> {
  const scratch = mkdtempSync(join(folder, '.backbone-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', removeScratch);
  try {
    const made = join(scratch, 'made');
    const args = ['--pairs', join(folder, 'pairs.jsonl'), '--out', made];
    await runWithProgress(python, script('backbone.py'), args, onProgress);
    writeFileSync(join(made, 'NOTICE'), BACKBONE_NOTICE);
    rmSync(out, { recursive: true, force: true });
    cpSync(made, out, { recursive: true });
  } finally {
    process.removeListener('exit', removeScratch);
    removeScratch();
  }
}

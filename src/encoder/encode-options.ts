import { optionError, resolveOptions } from '../options.js';
import { openProgress } from '../progress.js';
import { ENCODE_RULES, type EncodeOptions } from './encode-rules.js';
import { resolveProcessingKwargs } from './processing-kwargs.js';
import type { Latents } from './settings.js';

export type { EncodeOptions } from './encode-rules.js';

/** The options with a default; the others may be undefined. */
type Defaulted = 'batchSize' | 'maxActiveDims' | 'normalize' | 'processingKwargs' | 'showProgressBar';

export type ResolvedEncodeOptions = EncodeOptions & Required<Pick<EncodeOptions, Defaulted>>;

/**
 * @param limit the model's own limit of active dimensions
 * @throws OptionError if an option is unknown or of the wrong type
 */
export function resolveEncodeOptions(options: EncodeOptions, limit: number | null): ResolvedEncodeOptions {
  const given = resolveOptions('encode', ENCODE_RULES, options);
  const { maxActiveDims } =
    options?.maxActiveDims === undefined
      ? resolveOptions('encode', ENCODE_RULES, { maxActiveDims: limit })
      : given;
  const processingKwargs = resolveProcessingKwargs('encode', given.processingKwargs ?? {});
  return Object.fromEntries(
    Object.entries({ ...given, maxActiveDims, processingKwargs }).filter(
      ([name, value]) => value !== null || name === 'maxActiveDims',
    ),
  ) as unknown as ResolvedEncodeOptions;
}

/** @throws OptionError if there are more active dimensions than a sparse auto-encoder has latents */
export function checkActiveDims(owner: string, maxActiveDims: number | null, latents: Latents): void {
  if (maxActiveDims === null || maxActiveDims <= latents.count) return;
  throw optionError(
    owner,
    'maxActiveDims',
    `is ${maxActiveDims}; expected at most ${latents.count}, the latents of the model's ${latents.of}`,
  );
}

/** Runs a task that reports how many texts are done, and passes the reports on as the options say. */
export async function withProgress<T>(
  total: number,
  { onProgress, showProgressBar }: Pick<ResolvedEncodeOptions, 'onProgress' | 'showProgressBar'>,
  work: (onBatch: (texts: number) => void) => Promise<T>,
): Promise<T> {
  const progress = showProgressBar ? openProgress(total) : undefined;
  let done = 0;
  try {
    return await work((count) => {
      done += count;
      onProgress?.(done, total);
      progress?.advance('texts', count);
    });
  } finally {
    progress?.stop();
  }
}

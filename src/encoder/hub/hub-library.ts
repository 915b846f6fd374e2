import type * as hub from '@huggingface/hub';
import { UploadError } from '../../errors.js';

/** Hugging Face's library for the hub, an optional peer dependency: only publishing needs it. */
export type HubLibrary = typeof hub;

/** @throws UploadError that says what to install */
export async function hubLibrary(): Promise<HubLibrary> {
  try {
    return await import('@huggingface/hub');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new UploadError(
      'publishing a model needs a package that is not installed: npm install @huggingface/hub@2',
      { cause },
    );
  }
}

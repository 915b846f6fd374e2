import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { preview } from '../../files/preview.js';

const DEFAULT_HUB = 'https://huggingface.co';

/**
 * The address of the hub, without a final slash: HF_ENDPOINT, otherwise Hugging Face's own.
 *
 * @throws Error if HF_ENDPOINT is not the address of a hub
 */
export function hubAddress(): string {
  const hub = (process.env['HF_ENDPOINT'] || DEFAULT_HUB).replace(/\/+$/, '');
  if (!/^https?:$/.test(URL.canParse(hub) ? new URL(hub).protocol : '')) {
    throw new Error(`HF_ENDPOINT is ${preview(hub)}; expected the address of a hub`);
  }
  return hub;
}

/**
 * The token for the hub: the given one, otherwise HF_TOKEN, otherwise the one that `hf auth login` has stored. undefined if
 * there is none. HF_HUB_DISABLE_IMPLICIT_TOKEN turns the last two off, as it does for Hugging Face's own tools.
 */
export function hubToken(given?: string): string | undefined {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME, HF_HUB_DISABLE_IMPLICIT_TOKEN } = process.env;
  if (given !== undefined) return given;
  if (/^(1|on|yes|true)$/i.test(HF_HUB_DISABLE_IMPLICIT_TOKEN ?? '')) return undefined;
  if (HF_TOKEN) return HF_TOKEN;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  try {
    return readFileSync(HF_TOKEN_PATH || join(home, 'token'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

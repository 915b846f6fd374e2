import { ReadableError } from '../../errors.js';
import { preview } from '../../files/preview.js';

/** The address of the hub, and options for requests. */
export interface HubAccess {
  /** The address of the hub, without a final slash. */
  readonly hub: string;
  /** Sent only to the hub itself, never to a host that it redirects to. */
  readonly token?: string;
  /** Ends a request with the signal's reason when it aborts. */
  readonly signal?: AbortSignal;
}

/** The answer of the hub. */
export interface HubAnswer {
  readonly headers: Headers;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The hub refused a request. */
export class HubStatusError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'HubStatusError';
  readonly status: number;

  constructor({ status, statusText }: Response) {
    super(`the hub answers ${status} ${statusText === '' ? '' : preview(statusText)}`.trimEnd());
    this.status = status;
  }
}

const MOST_REDIRECTS = 10;
/** A hub that sends less than this during `silence()` counts as silent. */
const LEAST_BYTES = 1024;
/** In seconds. Hugging Face's own tools have the same variable. */
const DEFAULT_SILENCE = 10;

function silence(): number {
  const seconds = Number(process.env['HF_HUB_DOWNLOAD_TIMEOUT']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) : DEFAULT_SILENCE;
}

/**
 * Requests an address and reads the answer, which is closed when `use` has ended.
 *
 * @throws HubStatusError
 * @throws the signal's reason
 * @throws Error if the hub is silent, redirects elsewhere, or cannot be reached
 */
export async function withAnswer<T>(
  address: string,
  access: HubAccess,
  use: (answer: HubAnswer) => Promise<T>,
): Promise<T> {
  const { signal } = access;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const seconds = silence();
  let received = 0;
  const watch = setInterval(() => {
    if (received < LEAST_BYTES) {
      stop.abort(new Error(`the hub sent nothing, or next to nothing, for ${seconds} s; try again`));
    }
    received = 0;
  }, seconds * 1_000);
  try {
    const response = await follow(new URL(address), access, stop.signal);
    // The head has arrived in time, however small the answer is.
    received = LEAST_BYTES;
    if (!response.ok) throw new HubStatusError(response);
    return await use({
      headers: response.headers,
      bytes: counted(response, (bytes) => (received += bytes)),
    });
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}

async function* counted(
  { body }: Response,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Redirects are followed here, to control which host gets the token. */
async function follow(address: URL, { hub, token }: HubAccess, signal: AbortSignal): Promise<Response> {
  const { origin } = new URL(hub);
  let at = address;
  for (let count = 0; count <= MOST_REDIRECTS; count++) {
    const isHub = at.origin === origin;
    const response = await fetch(at.href, {
      redirect: 'manual',
      signal,
      headers: {
        'accept-encoding': 'identity',
        ...(isHub && token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    at = redirectedTo(location, at);
  }
  throw new Error(`the hub leads from one address to another more than ${MOST_REDIRECTS} times`);
}

function redirectedTo(location: string, from: URL): URL {
  const found = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const protocols = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  if (found !== undefined && protocols.includes(found.protocol)) return found;
  throw new Error(
    `the hub leads to ${preview(location)}; expected an address with ${protocols.join(' or ')}`,
  );
}

/**
 * An answer in JSON.
 *
 * @param limit the most bytes to read
 */
export async function readJson({ bytes }: HubAnswer, limit: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limit) throw new Error(`the hub sent more than ${limit} bytes; expected a shorter answer`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the hub sent ${preview(text)}; expected JSON`, { cause });
  }
}

const MEGABYTE = 1e6;

/**
 * Downloads a file and reports the progress.
 *
 * @throws Error if the server has no such file
 */
export async function download(path: string, note: (text: string) => void): Promise<Uint8Array> {
  const response = await fetch(path);
  if (!response.ok || response.body === null) {
    throw new Error(`${path} cannot be loaded: ${response.status} ${response.statusText}`);
  }
  const total = Number(response.headers.get('Content-Length') ?? 0);
  const reader = response.body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    const of = total > 0 ? ` of ${megabytes(total)}` : '';
    note(`Loading the model: ${megabytes(length)}${of} MB`);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);

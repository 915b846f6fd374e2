import { PAYLOAD_FORMATS } from '../../sparse/payloads/formats.js';
import type { PayloadFormat } from '../../sparse/payloads/payload.js';

/** `sparse-encoder formats`: what `encode --format` takes. */
export function formatsCommand({ json }: { readonly json?: boolean }): void {
  const formats = Object.entries<PayloadFormat>(PAYLOAD_FORMATS);
  if (json === true) {
    const rows = formats.map(([name, format]) => ({ name, ...format, write: undefined }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const [name, { title, negativeWeights, emptyVector, notes }] of formats) {
    process.stdout.write(`${name}: ${title}\n`);
    process.stdout.write(
      `  weights below 0: ${negativeWeights}\n  a text without active dimensions: ${emptyVector}\n`,
    );
    if (notes !== undefined) process.stdout.write(`  ${notes}\n`);
  }
}

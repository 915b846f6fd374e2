import { wrapped } from '../../shell/help-text.js';
import { PAYLOAD_FORMATS } from '../../sparse/payloads/formats.js';
import type { PayloadFormat } from '../../sparse/payloads/payload.js';

/** `sparse-encoder formats`: the formats of `encode --format`. */
export function formatsCommand({ json }: { readonly json?: boolean }): void {
  const formats = Object.entries<PayloadFormat>(PAYLOAD_FORMATS);
  if (json === true) {
    const rows = formats.map(([name, format]) => ({ name, ...format, write: undefined }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const blocks = formats.map(([name, { title, negativeWeights, emptyVector, notes }]) => [
    `${name}: ${title}`,
    `  weights below 0: ${negativeWeights}`,
    `  a text without active dimensions: ${emptyVector}`,
    ...(notes === undefined ? [] : [`  ${notes}`]),
  ]);
  process.stdout.write(
    `${blocks.map((lines) => lines.map((line) => wrapped(line, '    ')).join('\n')).join('\n\n')}\n`,
  );
}

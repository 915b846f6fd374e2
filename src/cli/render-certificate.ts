import type { Certificate, FileVerdict } from '../export/certificate.js';
import { plainTable } from './table.js';

const HEAD = ['file', 'MiB', 'worst error', 'allowed', 'support', 'in band', 'cosine', 'verdict'];

/** A certificate for people: a row for each file. */
export function renderCertificate({ files, texts, precision, made }: Certificate): string {
  return `${plainTable([HEAD, ...files.map(rowOf)])}
${texts.builtIn + texts.given} texts, precision ${precision}, onnxruntime-node ${made['onnxruntime-node']}. Errors are shares of a text's largest weight;
support counts terms that are active on one side only, beyond the allowed error and within it.`;
}

function rowOf({ path, bytes, agreement, failures }: FileVerdict): string[] {
  const { worstError, allowedError, supportDifferences, supportDifferencesInBand, cosine } = agreement;
  return [
    path,
    (bytes / 2 ** 20).toFixed(1),
    worstError.toExponential(1),
    allowedError === null ? '-' : allowedError.toExponential(1),
    String(supportDifferences),
    String(supportDifferencesInBand),
    cosine.least.toFixed(6),
    failures.length === 0 ? 'passed' : 'failed',
  ];
}

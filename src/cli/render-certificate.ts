import type { Certificate, FileVerdict, Ranking } from '../export/certificate.js';
import { ERROR_UNIT } from '../export/verification/compare.js';
import { plainTable } from './table.js';

const HEAD = ['file', 'output', 'MiB', 'worst error', 'allowed', 'support', 'in band', 'cosine', 'verdict'];

/** A certificate for people: a row for each file. */
export function renderCertificate({ files, texts, precision, made, ranking }: Certificate): string {
  return `${plainTable([HEAD, ...files.map(rowOf)])}
${texts.builtIn + texts.given} texts, and ${texts.pairs} pairs for files that take token types; precision ${precision}, onnxruntime-node ${made['onnxruntime-node']}. Errors are ${ERROR_UNIT};
support counts terms that are active on one side only, beyond the allowed error and within it.${ranking === undefined ? '' : renderRanking(ranking)}`;
}

function rowOf({ path, outputs, bytes, agreement, failures }: FileVerdict): string[] {
  return [
    path,
    outputs,
    (bytes / 2 ** 20).toFixed(1),
    ...cellsOf(agreement),
    failures.length === 0 ? 'passed' : 'failed',
  ];
}

function cellsOf(agreement: FileVerdict['agreement']): string[] {
  if (agreement === null) return ['no embeddings', '-', '-', '-', '-'];
  const { worstError, allowedError, supportDifferences, supportDifferencesInBand, cosine } = agreement;
  return [
    worstError.toExponential(1),
    allowedError === null ? '-' : allowedError.toExponential(1),
    String(supportDifferences),
    String(supportDifferencesInBand),
    cosine.least.toFixed(6),
  ];
}

/** The rankings of a retrieval task, and how fast both sides encoded its documents. */
function renderRanking({ ndcgAt10, overlapAt10, textsPerSecond, queries, documents }: Ranking): string {
  const speed = textsPerSecond.exported / textsPerSecond.encoder;
  return `
nDCG@10 ${ndcgAt10.exported.toFixed(4)} (the encoder's ${ndcgAt10.encoder.toFixed(4)}), overlap of the top 10 ${overlapAt10.toFixed(4)}, ${queries} queries, ${documents} documents;
${textsPerSecond.exported.toFixed(0)} texts a second (the encoder ${textsPerSecond.encoder.toFixed(0)}): ${speed.toFixed(2)} times`;
}

import { counted } from '../counted.js';
import type { Certificate, FileVerdict, Ranking } from '../export/certificate.js';
import { ERROR_UNIT } from '../export/verification/compare.js';
import { printable } from '../printable.js';
import { wrapped } from '../shell/help-text.js';
import { plainTable } from '../shell/table.js';

const HEAD = ['file', 'output', 'verdict', 'worst error', 'allowed', 'support', 'in band', 'cosine', 'MiB'];

/** A certificate for people: one row per file. */
export function renderCertificate({ files, texts, precision, made, ranking }: Certificate): string {
  const tried = `${counted(texts.builtIn + texts.given, 'text')}, and ${counted(texts.pairs, 'pair')} for files that take token types; precision ${precision}, onnxruntime-node ${made['onnxruntime-node']}.`;
  return [
    plainTable([HEAD, ...files.map(rowOf)]),
    wrapped(tried),
    wrapped(
      `Errors are ${ERROR_UNIT}; support counts terms that are active on one side only, beyond the allowed error and within it.`,
    ),
    ...(ranking === undefined ? [] : renderRanking(ranking)),
  ].join('\n');
}

function rowOf({ path, outputs, bytes, agreement, failures }: FileVerdict): string[] {
  return [
    printable(path),
    outputs,
    failures.length === 0 ? 'passed' : 'failed',
    ...cellsOf(agreement),
    (bytes / 2 ** 20).toFixed(1),
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
function renderRanking({ ndcgAt10, overlapAt10, textsPerSecond, queries, documents }: Ranking): string[] {
  const speed = textsPerSecond.exported / textsPerSecond.encoder;
  return [
    `nDCG@10 ${ndcgAt10.exported.toFixed(4)} (the encoder's ${ndcgAt10.encoder.toFixed(4)}), overlap of the top 10 ${overlapAt10.toFixed(4)}, ${counted(queries, 'query', 'queries')}, ${counted(documents, 'document')}`,
    `${counted(Math.round(textsPerSecond.exported), 'text')} a second (the encoder ${textsPerSecond.encoder.toFixed(0)}): ${speed.toFixed(2)} times`,
  ].map((line) => wrapped(line));
}

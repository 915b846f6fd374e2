import type { Attack } from '../attack.js';
import { compiledFunction, encoder, exportedEncoder, index, pool } from './subjects.js';
import { useAtRandom } from './use-at-random.js';

const row = (of: string, tries: Attack['tries'], attempt: Attack['attempt']): Attack => ({
  name: `${of}, in disorder`,
  what: `opens ${of}, and makes random calls of its methods, several at a time, dispose among them`,
  expects: 'a value, or a UsageError once it is disposed; no tensor, variable, session or file is left',
  tries,
  seconds: 600,
  attempt,
});

export const ATTACKS: readonly Attack[] = [
  row('an encoder', { quick: 3, full: 300 }, useAtRandom(encoder)),
  row('an exported one', { quick: 2, full: 100 }, useAtRandom(exportedEncoder)),
  row('an EncoderPool', { quick: 0, full: 50 }, useAtRandom(pool)),
  row('a compiled function', { quick: 10, full: 1_000 }, useAtRandom(compiledFunction)),
  row('an index', { quick: 10, full: 1_000 }, useAtRandom(index)),
];

import type { Attack } from '../attack.js';
import { useEncoder } from './use-encoder.js';

export const ATTACKS: readonly Attack[] = [
  {
    name: 'an encoder, in any order and at once',
    what: 'loads an encoder and calls its methods and dispose at random, several at the same time',
    expects: 'a value, or a UsageError once it is disposed; no tensor, session or file is left',
    tries: { quick: 10, full: 300 },
    seconds: 300,
    attempt: useEncoder,
  },
];

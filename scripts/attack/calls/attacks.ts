import type { Attack } from '../attack.js';
import { callAtRandom } from './call-at-random.js';

export const ATTACKS: readonly Attack[] = [
  {
    name: 'everything public, with anything',
    what: 'calls each exported function, constructor, method and setter with values of any kind',
    expects: 'a value, or an error of the package; no tensor is kept by a call that fails',
    tries: { quick: 5, full: 300 },
    seconds: 600,
    attempt: callAtRandom,
  },
];

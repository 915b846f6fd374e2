import type { Attack } from '../attack.js';
import { LARGE_FILES } from './large-files.js';
import { refuses } from './refuses.js';

const EXPECTS = 'a ModelFileError, in time and memory that the size of the file allows';

export const ATTACKS: readonly Attack[] = LARGE_FILES.map(({ name, what, bytes, damage }) => ({
  name,
  what,
  expects: EXPECTS,
  tries: { quick: 1, full: 3 },
  seconds: 60,
  bytes,
  attempt: refuses(damage),
}));

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { originOf } from './origin.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

it.each([
  [
    join('cache', 'models--naver--splade-v3', 'snapshots', COMMIT),
    { name: 'naver/splade-v3', revision: COMMIT },
  ],
  [
    join('cache', 'models--bert-base-uncased', 'snapshots', COMMIT),
    { name: 'bert-base-uncased', revision: COMMIT },
  ],
  [join('home', 'someone', 'my-model'), { name: 'my-model' }],
  [join('home', 'my-model', '.'), { name: 'my-model' }],
])('%s', (folder, origin) => {
  expect(originOf(folder)).toEqual(origin);
});

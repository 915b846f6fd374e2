import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findReferencePython } from './environment.js';
import { encodeMessage } from './exchange.js';
import { ownFile } from './own-file.js';

const python = findReferencePython();

/** Python's answer to these bytes: the message of its ExchangeError, or "accepted". */
function decodeInPython(bytes: Uint8Array): string {
  const code = `
import sys
sys.path.insert(0, sys.argv[1])
import exchange
try:
    exchange.decode(sys.stdin.buffer.read())
    print("accepted")
except exchange.ExchangeError as error:
    print(error)
`;
  const run = spawnSync(python ?? '', ['-B', '-c', code, ownFile('worker')], {
    input: bytes,
    encoding: 'utf8',
  });
  return run.stdout.trim() || run.stderr;
}

function forge(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const forged = Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1');
  forged.set(createHash('sha1').update(forged.subarray(48)).digest(), 24);
  return forged;
}

describe.runIf(python !== undefined)('decoding in Python', () => {
  const bytes = encodeMessage({
    meta: 1,
    tensors: { scores: { dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) } },
  });
  const changed = bytes.slice();
  changed[bytes.length - 1] = 1;

  it.each([
    ['accepts what TypeScript encoded', bytes, 'accepted'],
    ['refuses a file that was cut', bytes.subarray(0, bytes.length - 1), 'the file should have'],
    ['refuses a file that is not an exchange file', new Uint8Array(100), 'not an exchange file'],
    ['refuses a changed payload', changed, 'wrong checksum'],
    [
      'refuses a shape that does not fit',
      forge(bytes, '"shape":[4]', '"shape":[5]'),
      'do not fit its shape [5]',
    ],
    ['refuses a tensor outside the file', forge(bytes, '"offset":0', '"offset":8'), 'outside the file'],
    ['refuses an unknown dtype', forge(bytes, '"float32"', '"float33"'), 'dtype float33'],
    ['refuses a header without tensors', forge(bytes, '"tensors"', '"tensorz"'), 'the header is malformed'],
    ['refuses a header that is not JSON', forge(bytes, '{"meta"', '["meta"'), 'the header is malformed'],
  ])('%s', (_, input, answer) => {
    expect(decodeInPython(input)).toContain(answer);
  });
});

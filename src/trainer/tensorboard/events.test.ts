import { expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { scalarsRecord, versionRecord } from './events.js';

// RFC 3720, B.4.
it.each([
  ['zeros', new Uint8Array(32), 0x8a9136aa],
  ['ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['rising bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['falling bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['nothing', new Uint8Array(0), 0],
])('the sum of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

it('a record holds its length, the checksum of the length, the event, and the checksum of the event', () => {
  const bytes = versionRecord(1.5);
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  expect(bytes.length).toBe(16 + length);
  expect(view.getUint32(8, true)).toBe(maskedCrc32c(bytes.subarray(0, 8)));
  expect(view.getUint32(12 + length, true)).toBe(maskedCrc32c(bytes.subarray(12, 12 + length)));
  const event = Buffer.from(bytes.subarray(12, 12 + length));
  // wall_time 1.5, step 0, file_version.
  expect(event.toString('hex')).toBe(
    `09000000000000f83f10001a0d${Buffer.from('brain.Event:2').toString('hex')}`,
  );
});

it('scalars are stored as the values of a summary', () => {
  const event = Buffer.from(scalarsRecord({ step: 300, wallTime: 0 }, { a: 1, bc: -2 }).slice(12, -4));
  expect(event.toString('hex')).toBe(
    // wall_time 0, step 300, then summary { value { tag, simple_value } value { ... } }.
    '090000000000000000' +
      '10ac02' +
      '2a15' +
      '0a08' +
      '0a0161' +
      '150000803f' +
      '0a09' +
      '0a026263' +
      '15000000c0',
  );
});

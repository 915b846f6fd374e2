import { seededRandom, type Random } from '../../src/random.js';
import { mutateJson } from './mutate-json.js';
import type { FuzzTarget } from './target.js';

/** The most mutations of one input. */
const MOST_MUTATIONS = 4;
const LENGTH_BYTES = 8;

/** The input of a run: the same seed, target and run give the same bytes. */
export function inputOf(
  target: FuzzTarget,
  seeds: readonly Uint8Array[],
  seed: number,
  run: number,
): Uint8Array {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run, 0x85ebca6b));
  let bytes = random.pick(seeds);
  const structured = random.below(2) === 0 && target.format !== 'protobuf';
  for (let left = 1 + random.below(MOST_MUTATIONS); left > 0; left--) {
    bytes = structured ? mutateStructure(bytes, target, random) : mutateBytes(bytes, seeds, random);
  }
  return bytes;
}

/** Edits the JSON and keeps everything else consistent, so that the checks after the grammar are reached. */
function mutateStructure(bytes: Uint8Array, { format }: FuzzTarget, random: Random): Uint8Array {
  if (format === 'json') return encode(mutateJson(decode(bytes), random));
  if (bytes.length < LENGTH_BYTES) return bytes;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const end = Math.min(bytes.length, LENGTH_BYTES + length);
  const header = encode(mutateJson(decode(bytes.subarray(LENGTH_BYTES, end)), random));
  const start = new Uint8Array(LENGTH_BYTES);
  new DataView(start.buffer).setBigUint64(0, BigInt(header.length), true);
  return concat(start, header, bytes.subarray(end));
}

type ByteMutation = (
  bytes: Uint8Array,
  at: number,
  seeds: readonly Uint8Array[],
  random: Random,
) => Uint8Array;

const INTERESTING_BYTES = [
  0x00, 0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xef, 0xf4, 0xff,
];
const INTERESTING_LENGTHS = [0n, 1n, 7n, 8n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

const BYTE_MUTATIONS: readonly ByteMutation[] = [
  function flipBit(bytes, at, _, random) {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  function putByte(bytes, at, _, random) {
    const copy = bytes.slice();
    copy[at] = random.pick(INTERESTING_BYTES);
    return copy;
  },
  function truncate(bytes, at) {
    return bytes.slice(0, at);
  },
  function remove(bytes, at, _, random) {
    return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16)));
  },
  function repeat(bytes, at, _, random) {
    return concat(bytes.subarray(0, at + random.below(64)), bytes.subarray(at));
  },
  function splice(bytes, at, seeds, random) {
    const other = random.pick(seeds);
    return concat(bytes.subarray(0, at), other.subarray(random.below(other.length)));
  },
  function editNumber(bytes, at, _, random) {
    return encode(editNumberAfter(decode(bytes), at, random));
  },
  function changeLength(bytes, _, __, random) {
    if (bytes.length < LENGTH_BYTES) return bytes;
    const copy = bytes.slice();
    new DataView(copy.buffer).setBigUint64(0, random.pick(INTERESTING_LENGTHS), true);
    return copy;
  },
];

function mutateBytes(bytes: Uint8Array, seeds: readonly Uint8Array[], random: Random): Uint8Array {
  return random.pick(BYTE_MUTATIONS)(bytes, random.below(bytes.length + 1), seeds, random);
}

const NUMBERS = [
  '-1',
  '0',
  '1',
  '4',
  '1.5',
  '-0',
  '1e3',
  '1e308',
  '1e999',
  '2147483648',
  '9007199254740993',
  '18446744073709551615',
];

function editNumberAfter(text: string, at: number, random: Random): string {
  const number = /\d+/g;
  number.lastIndex = at;
  const match = number.exec(text);
  if (match === null) return text;
  return text.slice(0, match.index) + random.pick(NUMBERS) + text.slice(match.index + match[0].length);
}

/** One character per byte, so that bytes which are not UTF-8 survive an edit of the text. */
function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function encode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

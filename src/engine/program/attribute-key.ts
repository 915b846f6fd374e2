import type { Attributes, TypedArray } from '../../onnx/model.js';

/** Text that is the same for equal attributes. */
export function attributeKey(attributes: Attributes): string {
  const entries = Object.entries(attributes);
  return entries.length === 0 ? '' : JSON.stringify(entries, (_, item: unknown) => keyOf(item));
}

function keyOf(item: unknown): unknown {
  if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
  return ArrayBuffer.isView(item) ? bitsOf(item as TypedArray) : item;
}

/** Bits rather than numbers: they distinguish 0 from -0 and treat two NaN as equal. */
export function bitsOf(data: TypedArray): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

import { layOut } from './layout.js';
import type { OnnxModel } from './model.js';

/** A model file in memory: the same bytes that `writeOnnxFile` writes when the weights lie in the model file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const pieces = layOut(model).model;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

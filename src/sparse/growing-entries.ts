/** Indices and values of a matrix whose number of entries is not known in advance. */
export class GrowingEntries {
  indices: Uint32Array;
  values: Float32Array;
  length = 0;

  constructor(capacity: number) {
    this.indices = new Uint32Array(capacity);
    this.values = new Float32Array(capacity);
  }

  /** Makes room for `count` more entries. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.indices.length) return;
    const capacity = Math.max(needed, 2 * this.indices.length);
    const indices = new Uint32Array(capacity);
    const values = new Float32Array(capacity);
    indices.set(this.indices.subarray(0, this.length));
    values.set(this.values.subarray(0, this.length));
    this.indices = indices;
    this.values = values;
  }

  /** The entries in arrays of the exact size. */
  finish(): { indices: Uint32Array; values: Float32Array } {
    return { indices: this.indices.slice(0, this.length), values: this.values.slice(0, this.length) };
  }
}

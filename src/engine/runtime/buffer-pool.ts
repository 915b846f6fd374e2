import type { Elements, TensorType } from '../storage.js';

/** The most memory kept for later runs; beyond it, the arrays of the sizes that were unused for longest go. */
const MAX_IDLE_BYTES = 2 ** 29;

/**
 * Arrays for the outputs of runs. The first write to a new array costs a page fault for every 4 KiB: 5 ms for 31 MB, as
 * long as one elementwise operator takes over it.
 */
export class BufferPool {
  readonly #idle = new Map<string, Elements[]>();
  readonly #own = new WeakSet<Elements>();
  #bytes = 0;

  get idleBytes(): number {
    return this.#bytes;
  }

  /** An array with arbitrary elements. */
  take(type: TensorType, size: number): Elements {
    const key = `${type} ${size}`;
    const buffers = this.#idle.get(key);
    const buffer = buffers?.pop();
    if (buffers?.length === 0) this.#idle.delete(key);
    if (buffer === undefined) return this.#made(type, size);
    this.#bytes -= buffer.byteLength;
    return buffer;
  }

  #made(type: TensorType, size: number): Elements {
    const buffer = allocate(type, size);
    this.#own.add(buffer);
    return buffer;
  }

  /**
   * Takes back an array that nothing refers to any more. An array that is not from this pool is not kept: code that
   * makes its own arrays, as ONNX Runtime does for outputs of unknown size, never takes one from here.
   */
  give(type: TensorType, buffer: Elements): void {
    if (!this.#own.has(buffer)) return;
    if (buffer.byteLength < MIN_BYTES || buffer.byteLength > MAX_IDLE_BYTES) return;
    const key = `${type} ${buffer.length}`;
    const buffers = this.#idle.get(key) ?? [];
    buffers.push(buffer);
    // In the order of the map, the most recently used size comes last.
    this.#idle.delete(key);
    this.#idle.set(key, buffers);
    this.#bytes += buffer.byteLength;
    for (const [oldest, others] of this.#idle) {
      while (this.#bytes > MAX_IDLE_BYTES && others.length > 0) {
        this.#bytes -= others.shift()?.byteLength ?? 0;
      }
      if (others.length > 0) return;
      this.#idle.delete(oldest);
    }
  }

  clear(): void {
    this.#idle.clear();
    this.#bytes = 0;
  }
}

/** Below this size, a new array costs less than tracking an old one. */
const MIN_BYTES = 2 ** 16;

function allocate(type: TensorType, size: number): Elements {
  switch (type) {
    case 'float32':
      return new Float32Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'bool':
      return new Uint8Array(size);
  }
}

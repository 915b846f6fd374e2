import type { Elements, TensorType } from '../storage.js';

/** What is kept for later runs at most; the arrays that were given back first go. */
const MAX_IDLE_BYTES = 2 ** 29;

/**
 * Arrays for the outputs of runs. A new one costs a page fault for every 4 KiB when it is first written: 5 ms for 31 MB
 * here, which is what one elementwise operator over it takes.
 */
export class BufferPool {
  readonly #idle = new Map<string, Elements[]>();
  readonly #own = new WeakSet<Elements>();
  #bytes = 0;

  get idleBytes(): number {
    return this.#bytes;
  }

  /** An array whose elements are whatever they were. */
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
   * Gives an array back that nothing refers to any more. One that is not of this pool is let go: whoever makes arrays
   * elsewhere, as ONNX Runtime does for outputs of unknown size, takes none from here either.
   */
  give(type: TensorType, buffer: Elements): void {
    if (!this.#own.has(buffer)) return;
    if (buffer.byteLength < MIN_BYTES || buffer.byteLength > MAX_IDLE_BYTES) return;
    const key = `${type} ${buffer.length}`;
    const buffers = this.#idle.get(key) ?? [];
    buffers.push(buffer);
    // The last in the order of the map is the one used last.
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

/** Below this size a new array costs less than keeping account of an old one. */
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

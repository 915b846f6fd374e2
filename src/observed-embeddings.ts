import type { Tensor } from '@tensorflow/tfjs';

let observer: ((embedding: Tensor) => void) | undefined;

/** Runs a function while `observe` is told every sentence embedding that an encoder computes. */
export function observingEmbeddings<T>(observe: (embedding: Tensor) => void, run: () => T): T {
  const before = observer;
  observer = observe;
  try {
    return run();
  } finally {
    observer = before;
  }
}

/** Tells an embedding to whoever observes. */
export function tellEmbedding(embedding: Tensor | undefined): void {
  if (embedding !== undefined) observer?.(embedding);
}

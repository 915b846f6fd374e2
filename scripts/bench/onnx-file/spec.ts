import { z } from 'zod';

const count = z.number().int().positive();

/** A model file of a given size, and the operation on it: the same on both sides. */
export const FileCase = z.object({
  operation: z.enum(['write', 'read']),
  nodes: count,
  weights: count,
  /** Shape of each weight; float32. */
  dims: z.tuple([count, count]),
});

export type FileCase = z.infer<typeof FileCase>;

/** As many nodes as the program of a training step has; each weight is as large as MiniLM's word embeddings, 47 MB. */
const SIZE = { nodes: 2700, dims: [30_522, 384] } satisfies Partial<FileCase>;

export function fileRows(quick: boolean): { name: string; spec: FileCase }[] {
  const weights = quick ? 1 : 11;
  const [rows, columns] = SIZE.dims;
  const megabytes = Math.round((weights * rows * columns * Float32Array.BYTES_PER_ELEMENT) / 1e6);
  const size = `${SIZE.nodes.toLocaleString('en-US')} nodes and ${megabytes} MB`;
  return FileCase.shape.operation.options.map((operation) => ({
    name: `${operation} ${size}`,
    spec: { ...SIZE, operation, weights },
  }));
}

import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import type { Dimension } from '../../onnx/model.js';
import type { OnnxBackend } from '../backend.js';
import { atTrialSizes } from '../dimensions/at-trial-sizes.js';
import type { Sizes } from '../dimensions/expression.js';
import type { Value } from '../graph.js';
import type { TensorSpec } from '../program/program.js';
import { record, type RecordOptions, type Recording } from './record.js';
import type { DimensionNames, Structure } from './structure.js';

export interface Recorded {
  readonly recording: Recording;
  /** The outputs of the program: results, then new values of variables. */
  readonly outputs: readonly Value[];
  readonly dimensionsOf: (value: Value) => readonly Dimension[];
  /** The shape of a tensor that a node makes, with the names; undefined if it is not known, or each shape is fixed. */
  readonly dimensionsInside?: (tensor: TensorSpec) => readonly Dimension[] | undefined;
  /** The shape of a value of the program at sizes of the named dimensions. */
  readonly shapeAt: (tensor: TensorSpec, sizes: Sizes) => readonly number[];
}

const shapeOf = ({ shape }: TensorSpec): readonly number[] => shape;

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Records a function for the shapes of its arguments. */
export function recordAsIs(
  backend: OnnxBackend,
  fn: AnyFunction,
  args: Structure,
  options: Omit<RecordOptions, 'shapes'>,
): Recorded {
  const recording = record(backend, fn, args, options);
  return { recording, outputs: outputsOf(recording), dimensionsOf: shapeOf, shapeAt: shapeOf };
}

/** Records a function for every size of its named dimensions. All its variables must exist: it makes none. */
export function recordSizes(
  backend: OnnxBackend,
  fn: AnyFunction,
  args: Structure,
  names: DimensionNames,
  options: Omit<RecordOptions, 'shapes'>,
): Recorded {
  const { recordings, ...generalized } = atTrialSizes(names, (sizes) => {
    const shapes = args.tensors.map(({ tensor }, index) =>
      tensor.shape.map((size, axis) => sizes[names[index]?.[axis] ?? ''] ?? size),
    );
    const recording = record(backend, fn, args, { ...options, shapes });
    return { recording, sizes, placeholders: recording.placeholders, outputs: outputsOf(recording) };
  });
  return { recording: recordings[0].recording, ...generalized };
}

function outputsOf({ results, variables, created }: Recording): Value[] {
  return [...results, ...variables.flatMap(({ after }) => after ?? []), ...created.map(({ after }) => after)];
}

/** The sizes of the named dimensions in the arguments of a call. */
export function namedSizes({ tensors }: Structure, names: DimensionNames = []): Sizes {
  return Object.fromEntries(
    tensors.flatMap(({ tensor }, index) =>
      (names[index] ?? []).flatMap((name, axis) => (name === null ? [] : [[name, tensor.shape[axis] ?? 0]])),
    ),
  );
}

/** A named dimension must have the same size in all arguments of a call. */
export function requireSameSizes(program: string, { tensors }: Structure, names: DimensionNames): void {
  const seen = new Map<string, { size: number; path: string }>();
  tensors.forEach(({ tensor, path }, index) => {
    const row = names[index] ?? [];
    if (row.length > 0 && row.length !== tensor.shape.length) {
      throw new InputError(
        `argument ${path} of ${program} has shape [${tensor.shape.join(', ')}]; expected ${counted(row.length, 'dimension')}`,
      );
    }
    row.forEach((name, axis) => {
      const size = tensor.shape[axis] as number;
      if (name === null) return;
      const before = seen.get(name);
      if (before === undefined) seen.set(name, { size, path });
      else if (before.size !== size) {
        throw new InputError(
          `dimension ${name} is ${before.size} in argument ${before.path} of ${program} and ${size} in ${path}`,
        );
      }
    });
  });
}

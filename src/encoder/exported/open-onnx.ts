import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackgroundSession } from '../../engine/runtime/background/background-session.js';
import { sharedRuntime } from '../../engine/runtime/runtime.js';
import { InputError, ModelFileError } from '../../errors.js';
import { MAX_SIZE_FACTOR } from '../../files/limits.js';
import { preview } from '../../files/preview.js';
import { readBytes } from '../../files/read-bytes.js';
import { withExternalData } from '../../onnx/external-data.js';
import { inspectModel } from '../../onnx/inspect.js';
import { EXPORTED_OPERATORS, UNBOUNDED_OPERATORS } from './operators.js';

/** Conditions for running a file. */
export interface OnnxRequirements {
  /** Hexadecimal. Default: any hash. */
  readonly sha256?: string | undefined;
  /**
   * Whether all operators are allowed except those that may never end, as for files of other exporters. Default false.
   */
  readonly foreign?: boolean;
}

/** The input for ONNX Runtime: the bytes that were checked, or the path of a file that needs others beside it. */
export type CheckedModel = Uint8Array | string;

/**
 * Reads a file and checks that it is safe to run: it reaches no file outside its folder, and it ends.
 *
 * @throws ModelFileError
 */
export function readOnnx(path: string, { sha256, foreign = false }: OnnxRequirements): CheckedModel {
  if (!existsSync(path)) throw new ModelFileError(`${path} is missing; expected an exported ONNX file`);
  const bytes = readBytes(path, 'onnx');
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new ModelFileError(
      `${path} is not the file that certificate.json was made for: its SHA-256 differs; export the model again`,
    );
  }
  return check(path, bytes, foreign) ? path : bytes;
}

/** @throws ModelFileError if ONNX Runtime refuses the model */
export async function startOnnx(path: string, model: CheckedModel): Promise<BackgroundSession> {
  try {
    return await BackgroundSession.create(model, sharedRuntime().sessionOptions);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ModelFileError(`${path} is not a model that ONNX Runtime can run: ${why}`, { cause });
  }
}

/** Checks the operators of a model and returns whether it has external data. */
function check(path: string, bytes: Uint8Array, foreign: boolean): boolean {
  try {
    const { operators, functions, externalData, sizes } = inspectModel(bytes, path);
    const refused = [...operators].find((name) =>
      foreign ? UNBOUNDED_OPERATORS.has(name) : !EXPORTED_OPERATORS.has(name),
    );
    if (refused !== undefined) {
      const expected = foreign ? 'no loops, which may never end' : 'only those that exportOnnx writes';
      throw new ModelFileError(`${path} has the operator ${preview(refused)}; expected ${expected}`);
    }
    // Files of other exporters compute sizes in other ways.
    const large = sizes.find(({ factor = foreign ? 0 : Infinity }) => factor > MAX_SIZE_FACTOR);
    if (large !== undefined) {
      const size = large.factor === undefined ? 'a computed size' : `a size of ${large.factor}`;
      throw new ModelFileError(
        `${path} has the operator ${preview(large.operator)} with ${size}; expected at most ${MAX_SIZE_FACTOR}, times the sizes of its inputs`,
      );
    }
    const [named] = functions;
    if (named !== undefined) {
      throw new ModelFileError(`${path} defines the function ${preview(named)}; expected operators alone`);
    }
    for (const location of externalData) withExternalData(dirname(path), location, () => undefined);
    return externalData.size > 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ModelFileError(error.message, { cause: error });
  }
}

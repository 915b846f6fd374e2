import type * as Ort from 'onnxruntime-node';
import { encodeModel } from '../../onnx/encode.js';
import { EngineUnavailableError } from '../errors.js';
import type { Value } from '../graph.js';
import { filled } from '../ops/constants.js';
import { lower } from '../program/lower.js';

/**
 * A provider can be part of this build of ONNX Runtime and still not work here, if its libraries or its device are
 * missing. ONNX Runtime reports this only when it makes the first session, in a different way for each provider. So if
 * making a session has failed, this makes one of the smallest possible program to find the cause.
 *
 * @throws EngineUnavailableError if even that session fails
 */
export async function requireRunnable(
  ort: typeof Ort,
  options: Ort.InferenceSession.SessionOptions,
): Promise<void> {
  const asked = (options.executionProviders ?? []).map(String).filter((name) => name !== 'cpu');
  if (asked.length === 0) return;
  const smallest: Value = filled(1, [2], 'float32');
  const { model } = lower([smallest], { isInput: () => true });
  try {
    const session = await ort.InferenceSession.create(encodeModel(model), options);
    await session.release();
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n');
    throw new EngineUnavailableError(
      `ONNX Runtime cannot use the execution provider ${asked.join(', ')} on this machine: ${reason}. ` +
        `Without the option executionProviders the onnx engine runs on the cpu.`,
      { cause },
    );
  }
}

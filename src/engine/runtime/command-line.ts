import { readFileSync } from 'node:fs';
import { isMainThread, resourceLimits } from 'node:worker_threads';
import { EngineUnavailableError } from '../errors.js';

const MEBIBYTE = 2 ** 20;
/** The stack of a worker thread by default. */
const DEFAULT_THREAD_MEBIBYTES = 4;
/**
 * The stack that ONNX Runtime takes for each byte of the command line when it makes the first session of a process: 288
 * bytes with 1.30 on x64, whatever the thread and the bytes. This adds a tenth.
 */
const STACK_PER_BYTE = 320;
/** Stack reserved for the program itself. */
const RESERVED = MEBIBYTE / 4;

/**
 * ONNX Runtime 1.30 on Linux matches a pattern against the command line of the process, and each byte takes stack. A
 * long command line overflows the stack, and the process ends with signal 11. This refuses it instead.
 *
 * @param stack bytes of stack of the thread that makes the session. Default: this thread's
 * @throws EngineUnavailableError if the command line of the process is too long
 */
export function requireShortCommandLine(stack = ownStack()): void {
  const length = textOf('/proc/self/cmdline')?.length ?? 0;
  const most = mostBytes(stack);
  if (length <= most) return;
  throw new EngineUnavailableError(
    `the command line of this process has ${length} bytes, which would crash ONNX Runtime with a stack overflow; expected at most ${most}: give long texts in files or on standard input`,
  );
}

export function mostBytes(stack: number): number {
  return Math.max(0, Math.floor((stack - RESERVED) / STACK_PER_BYTE));
}

function ownStack(): number {
  if (!isMainThread) return (resourceLimits.stackSizeMb ?? DEFAULT_THREAD_MEBIBYTES) * MEBIBYTE;
  const limit = /^Max stack size\s+(\d+)/m.exec(textOf('/proc/self/limits') ?? '')?.[1];
  return limit === undefined ? Infinity : Number(limit);
}

/** undefined if the file does not exist: only Linux has it. */
function textOf(file: string): string | undefined {
  try {
    // latin1 maps each byte to one character.
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

import { readFileSync } from 'node:fs';
import { isMainThread, resourceLimits } from 'node:worker_threads';
import { EngineUnavailableError } from '../errors.js';

const MEBIBYTE = 2 ** 20;
/** Stack of worker threads that ask for no other. */
const DEFAULT_THREAD_MEBIBYTES = 4;
/**
 * What ONNX Runtime takes of the stack for each byte of the command line when it makes the first session of a process:
 * 288 bytes with 1.30 on x64, whatever the thread and the bytes are; a tenth more is left free here.
 */
const STACK_PER_BYTE = 320;
/** What the program itself may have on the stack. */
const RESERVED = MEBIBYTE / 4;

/**
 * ONNX Runtime 1.30 on Linux matches a pattern against the command line of the process, which takes stack for each byte
 * of it: a long one overflows the stack, and the process ends with signal 11. So it is refused here.
 *
 * @param stack bytes of the stack of the thread that makes the session; this one unless given
 * @throws EngineUnavailableError if the command line of the process is too long
 */
export function requireShortCommandLine(stack = ownStack()): void {
  const length = textOf('/proc/self/cmdline')?.length ?? 0;
  const most = mostBytes(stack);
  if (length <= most) return;
  throw new EngineUnavailableError(
    `the command line of this process has ${length} bytes, which would end ONNX Runtime with a stack overflow; expected at most ${most}: give long texts in files or on standard input`,
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

/** undefined where the system has no such file: only Linux does. */
function textOf(file: string): string | undefined {
  try {
    // Each byte is a character.
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

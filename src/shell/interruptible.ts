/** A command was told by a signal to end, and ended where it could go on later. Its message says how. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

let request: ((exitCode: number) => void) | undefined;

/**
 * Runs a task that ends soon after its AbortSignal is aborted, whose reason is then the exit code of the command. The first
 * signal to the process aborts it; a second one ends the process at once.
 */
export async function interruptible<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const own = (exitCode: number): void => controller.abort(exitCode);
  request = own;
  try {
    return await task(controller.signal);
  } finally {
    if (request === own) request = undefined;
  }
}

/** Asks the task that runs to end; whether there is one that was not asked before. */
export function interrupt(exitCode: number): boolean {
  const ask = request;
  request = undefined;
  ask?.(exitCode);
  return ask !== undefined;
}

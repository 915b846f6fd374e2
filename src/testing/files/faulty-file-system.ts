import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';

const CHANGES = ['appendFile', 'mkdir', 'open', 'rename', 'rm'] as const;
const HANDLE_CHANGES = ['write', 'sync', 'close'] as const;

type Operation = (...parameters: unknown[]) => Promise<unknown>;

/**
 * Calls `before` ahead of every file-system operation that writes something, with the operation and the number of operations
 * before it. If `before` throws, the operation fails with that error, and the files are unchanged.
 */
export async function withFaults<T>(
  before: (operation: string, index: number) => void,
  use: () => Promise<T>,
): Promise<T> {
  let count = 0;
  const faulty = (name: string, operation: Operation): Operation =>
    async function (this: unknown, ...parameters) {
      before(name, count++);
      return operation.apply(this, parameters);
    };
  // Taken before the faults: its operations are not part of `use`, and a fault in one would leave the others faulty for good.
  const handle = await handlePrototype();
  const restore = [replaceMethods(fs, CHANGES, faulty), replaceMethods(handle, HANDLE_CHANGES, faulty)];
  syncBuiltinESMExports();
  try {
    return await use();
  } finally {
    for (const each of restore) each();
    syncBuiltinESMExports();
  }
}

function replaceMethods(
  owner: object,
  names: readonly string[],
  wrap: (name: string, operation: Operation) => Operation,
): () => void {
  const methods = owner as Record<string, Operation>;
  const originals = names.flatMap((name) => {
    const original = methods[name];
    return original === undefined ? [] : [[name, original] as const];
  });
  for (const [name, original] of originals) methods[name] = wrap(name, original);
  return () => {
    for (const [name, original] of originals) methods[name] = original;
  };
}

async function handlePrototype(): Promise<FileHandle> {
  const handle = await fs.open(tmpdir(), 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

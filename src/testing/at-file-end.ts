type Action = () => void | Promise<void>;

const actions: Action[] = [];

/**
 * Does something after the last test of the file that is running. Module-level code of a helper runs once for all files
 * that share a process, so an `afterAll` there would belong to the first of them.
 */
export function atFileEnd(action: Action): void {
  actions.push(action);
}

/** Does what was left for the end of the file, the latest first. */
export async function endFile(): Promise<void> {
  for (let action = actions.pop(); action !== undefined; action = actions.pop()) await action();
}

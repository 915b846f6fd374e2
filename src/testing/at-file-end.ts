type Action = () => void | Promise<void>;

const actions: Action[] = [];

/**
 * Runs an action after the last test of the current file. Module-level code of a helper runs once for all files that share a
 * process, so an `afterAll` there would belong to the first of these files.
 */
export function atFileEnd(action: Action): void {
  actions.push(action);
}

/** Runs the actions for the end of the file, the latest first. */
export async function endFile(): Promise<void> {
  for (let action = actions.pop(); action !== undefined; action = actions.pop()) await action();
}

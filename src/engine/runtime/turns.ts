/** Runs tasks one after another, in the order of their arrival. A task begins at once if no other is running. */
export class Turns {
  #last: Promise<unknown> | undefined;

  take<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const result = before === undefined ? task() : before.then(task, task);
    this.#last = result;
    const leave = (): void => {
      if (this.#last === result) this.#last = undefined;
    };
    result.then(leave, leave);
    return result;
  }
}

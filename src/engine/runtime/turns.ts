/** Does tasks one after the other, in the order in which they came. One that finds no other under way begins at once. */
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

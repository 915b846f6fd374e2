/** Whether standard output takes emphasis: a terminal, unless NO_COLOR (https://no-color.org) or a dumb one says no. */
export function wantsColour(): boolean {
  const { NO_COLOR: refused = '', TERM: terminal } = process.env;
  return process.stdout.isTTY && refused === '' && terminal !== 'dumb';
}

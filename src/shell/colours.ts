/**
 * Whether standard output shows colours: it is a terminal, and neither NO_COLOR (https://no-color.org) nor a dumb
 * terminal forbids them.
 */
export function wantsColour(): boolean {
  const { NO_COLOR: refused = '', TERM: terminal } = process.env;
  return process.stdout.isTTY && refused === '' && terminal !== 'dumb';
}

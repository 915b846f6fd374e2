const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uFF01-\uFF60]/u;

/** ANSI colour sequences. (Node's own function for them does not exist in browsers.) */
// oxlint-disable-next-line no-control-regex -- a sequence begins with one
const COLOURS = /\u001B\[[\d;]*m/g;

/** Columns on a terminal: East Asian characters take two, combining marks and colours none. */
export function textWidth(text: string): number {
  let places = 0;
  for (const character of text.replaceAll(COLOURS, '')) {
    if (!/\p{M}/u.test(character)) places += WIDE.test(character) ? 2 : 1;
  }
  return places;
}

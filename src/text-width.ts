import { stripVTControlCharacters } from 'node:util';

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uFF01-\uFF60]/u;

/** Places on a terminal: East Asian characters take two, combining marks and colours none. */
export function textWidth(text: string): number {
  let places = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (!/\p{M}/u.test(character)) places += WIDE.test(character) ? 2 : 1;
  }
  return places;
}

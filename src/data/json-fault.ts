const SPACE = /[ \t\r\n]*/y;
/** All characters from the space on, except the quote and the backslash, stand for themselves. */
const STRING = /"(?:[ !#-[\]-\uFFFF]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/**
 * Where a text stops being JSON: the offset of the first character of the first token that is invalid there, or the
 * length of a text that ends too early. JSON.parse reports this only on some versions of Node, in words.
 */
export function jsonFault(text: string): number | undefined {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let at = 0;

  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length ?? 0;
    at += length;
    return length > 0;
  };
  const takeOne = (character: string): boolean => {
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  for (;;) {
    take(SPACE);
    if (expected === 'comma or end' && open.length === 0) return at === text.length ? undefined : at;
    const inside = open.at(-1);
    if (expected.endsWith('or end') && takeOne(inside === '[' ? ']' : '}')) {
      open.pop();
      expected = 'comma or end';
    } else if (expected === 'comma or end') {
      if (!takeOne(',')) return at;
      expected = inside === '[' ? 'value' : 'key';
    } else if (expected === 'key' || expected === 'key or end') {
      if (!take(STRING)) return at;
      expected = 'colon';
    } else if (expected === 'colon') {
      if (!takeOne(':')) return at;
      expected = 'value';
    } else if (takeOne('[')) {
      open.push('[');
      expected = 'value or end';
    } else if (takeOne('{')) {
      open.push('{');
      expected = 'key or end';
    } else if (take(STRING) || take(SCALAR)) {
      expected = 'comma or end';
    } else {
      return at;
    }
  }
}

/** A string with any contents, a number, or a character that opens, separates or closes lists and objects. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{},]/g;

/** The first number of valid JSON that is too large for a number, such as 1e400, which would be read as Infinity. */
export function numberBeyond(json: string): { readonly number: string; readonly at: number } | undefined {
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (/^[-\d]/.test(token) && !Number.isFinite(Number(token))) return { number: token, at: index };
  }
  return undefined;
}

/** The JSON of each element of a valid array, unchanged. */
export function elementsOf(array: string): string[] {
  const elements: string[] = [];
  let [depth, begin] = [0, 0];
  const end = (at: number): void => {
    const element = array.slice(begin, at).trim();
    if (element !== '') elements.push(element);
    begin = at + 1;
  };
  for (const { 0: token, index } of array.matchAll(TOKEN)) {
    if (token === '[' || token === '{') {
      if (++depth === 1) begin = index + 1;
    } else if (token === ']' || token === '}') {
      if (--depth === 0) end(index);
    } else if (token === ',' && depth === 1) end(index);
  }
  return elements;
}

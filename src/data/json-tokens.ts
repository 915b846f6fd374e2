/** A string, whatever is in it; a number; or what opens, separates and closes lists and objects. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{},]/g;

/** The first number of valid JSON that is beyond what a number can be, such as 1e400, which would be read as Infinity. */
export function numberBeyond(json: string): { readonly number: string; readonly at: number } | undefined {
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (/^[-\d]/.test(token) && !Number.isFinite(Number(token))) return { number: token, at: index };
  }
  return undefined;
}

/** The JSON of each element of a valid array, as it stands there. */
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

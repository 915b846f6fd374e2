/** The route for inputs of a task and a modality; null stands for any. */
export interface RouteMapping {
  readonly task: string | null;
  /** Several modalities belong to one input. */
  readonly modality: string | readonly string[] | null;
  readonly route: string;
}

const TEXT = `'((?:[^'\\\\]|\\\\['"\\\\])*)'|"((?:[^"\\\\]|\\\\['"\\\\])*)"`;
const TOKEN = new RegExp(`\\s*(?:(None)|${TEXT}|([(),]))`, 'y');

type Literal = string | null | readonly Literal[];

/**
 * Reads the key of a route mapping in router_config.json, a Python tuple as a string: `('query', 'text')`, `(None,
 * ('image', 'text'))`. undefined if it is not such a tuple.
 */
export function readMappingKey(key: string): Pick<RouteMapping, 'task' | 'modality'> | undefined {
  const tokens = tokensOf(key);
  const literal = tokens && readTuple(tokens);
  if (literal?.length !== 2 || (tokens?.length ?? 1) > 0) return undefined;
  const [task, modality] = literal;
  if (!isName(task)) return undefined;
  if (isName(modality)) return { task, modality };
  const names = modality?.filter((each) => typeof each === 'string');
  return names && names.length === modality?.length ? { task, modality: names.toSorted() } : undefined;
}

export function writeMappingKey({ task, modality }: Pick<RouteMapping, 'task' | 'modality'>): string {
  return pythonTuple([task, modality]);
}

const isName = (literal: Literal | undefined): literal is string | null =>
  literal === null || typeof literal === 'string';

/** `(`, `)`, `,`, null for None, and a quoted text with a quote in front; undefined for anything else. */
function tokensOf(text: string): (string | null)[] | undefined {
  const tokens: (string | null)[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end;) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const [, none, single, double, mark] = match;
    const quoted = single ?? double;
    if (quoted !== undefined) tokens.push(`'${quoted.replaceAll(/\\(.)/g, '$1')}`);
    else tokens.push(none === undefined ? (mark ?? '') : null);
  }
  return tokens;
}

/** Removes a tuple from the front of the tokens. */
function readTuple(tokens: (string | null)[]): Literal[] | undefined {
  if (tokens.shift() !== '(') return undefined;
  const members: Literal[] = [];
  while (tokens.length > 0) {
    if (tokens[0] === ')') {
      tokens.shift();
      return members;
    }
    const next = tokens[0];
    const member =
      next === '(' ? readTuple(tokens) : next === null || next?.startsWith("'") ? tokens.shift() : undefined;
    if (member === undefined) return undefined;
    members.push(typeof member === 'string' ? member.slice(1) : member);
    if (tokens[0] === ',') tokens.shift();
    else if (tokens[0] !== ')') return undefined;
  }
  return undefined;
}

function pythonTuple(members: readonly (string | readonly string[] | null)[]): string {
  const literals = members.map((member) => {
    if (member === null) return 'None';
    return typeof member === 'string' ? pythonText(member) : pythonTuple(member);
  });
  return literals.length === 1 ? `(${literals[0]},)` : `(${literals.join(', ')})`;
}

/** Chooses the quotes as Python does. */
function pythonText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\');
  if (!text.includes("'")) return `'${escaped}'`;
  return text.includes('"') ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped}"`;
}

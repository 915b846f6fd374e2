import { preview } from '../../files/preview.js';
import { charsmapProblem } from './charsmap.js';
import type { JsonObject } from './json-object.js';
import { MAX_TOKENS } from './model-json.js';
import { patternProblem } from './pattern.js';
import { templateProblem } from './template-json.js';

type Check = (component: JsonObject, path: string) => string | undefined;

const fine: Check = () => undefined;

/** The library's components by type, and the checks without which the library could crash. */
const NORMALIZERS: Readonly<Record<string, Check>> = {
  BertNormalizer: fine,
  ByteLevel: fine,
  Lowercase: fine,
  NFC: fine,
  NFD: fine,
  NFKC: fine,
  NFKD: fine,
  Nmt: fine,
  Strip: fine,
  StripAccents: fine,
  Precompiled: ({ precompiled_charsmap: charsmap }, path) => {
    const problem = charsmapProblem(charsmap);
    return problem === undefined ? undefined : `${path}.precompiled_charsmap ${problem}`;
  },
  Prepend: ({ prepend }, path) =>
    typeof prepend === 'string' && prepend !== ''
      ? undefined
      : `${path}.prepend is ${preview(prepend)}; expected a string that is not empty`,
  Replace: ({ pattern }, path) => {
    const problem = patternProblem(pattern);
    return problem === undefined ? undefined : `${path}.pattern ${problem}`;
  },
  Sequence: ({ normalizers }, path) => listProblem(NORMALIZERS, normalizers, `${path}.normalizers`),
};

const PRE_TOKENIZERS: Readonly<Record<string, Check>> = {
  BertPreTokenizer: fine,
  ByteLevel: fine,
  CharDelimiterSplit: fine,
  Digits: fine,
  FixedLength: ({ length }, path) =>
    Number.isInteger(length) && (length as number) > 0
      ? undefined
      : `${path}.length is ${preview(length)}; expected a whole number of at least 1`,
  Metaspace: fine,
  Punctuation: fine,
  Split: fine,
  UnicodeScripts: fine,
  Whitespace: fine,
  WhitespaceSplit: fine,
  Sequence: ({ pretokenizers }, path) => listProblem(PRE_TOKENIZERS, pretokenizers, `${path}.pretokenizers`),
};

const POST_PROCESSORS: Readonly<Record<string, Check>> = {
  BertProcessing: endsProblem,
  ByteLevel: fine,
  RobertaProcessing: endsProblem,
  TemplateProcessing: templateProblem,
  Sequence: ({ processors }, path) => listProblem(POST_PROCESSORS, processors, `${path}.processors`),
};

/** The tokens around a text: pairs of a token and its id. */
function endsProblem({ sep, cls }: JsonObject, path: string): string | undefined {
  for (const [name, end] of Object.entries({ sep, cls })) {
    const id: unknown = Array.isArray(end) ? end[1] : undefined;
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_TOKENS) continue;
    return `${path}.${name} is ${preview(end)}; expected a token and its id, up to ${MAX_TOKENS}`;
  }
  return undefined;
}

/** Decoders are parsed but never run. */
const KINDS = { normalizer: NORMALIZERS, pre_tokenizer: PRE_TOKENIZERS, post_processor: POST_PROCESSORS };

/** Describes what would crash the library; undefined if the component is safe. */
export function componentProblem(kind: keyof typeof KINDS, component: JsonObject | null): string | undefined {
  return component === null ? undefined : problemOf(KINDS[kind], component, kind);
}

function problemOf(
  checks: Readonly<Record<string, Check>>,
  component: unknown,
  path: string,
): string | undefined {
  if (typeof component !== 'object' || component === null || Array.isArray(component)) {
    return `${path} is ${preview(component)}; expected an object`;
  }
  const { type } = component as JsonObject;
  const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (check === undefined) {
    return `${path}.type is ${preview(type)}; expected one of ${Object.keys(checks).join(', ')}`;
  }
  return check(component as JsonObject, path);
}

function listProblem(
  checks: Readonly<Record<string, Check>>,
  list: unknown,
  path: string,
): string | undefined {
  if (!Array.isArray(list)) return `${path} is ${preview(list)}; expected a list`;
  for (const [index, part] of list.entries()) {
    const problem = problemOf(checks, part, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

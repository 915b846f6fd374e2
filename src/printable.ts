/**
 * Control characters, lone surrogates, and marks that change the direction of writing. Line ends and tabs are not among
 * them.
 */
const STEERING = /(?![\n\t])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** A text from outside for a terminal. Characters that could control the terminal appear as codes, such as \u{1b}. */
export function printable(text: string): string {
  return text.replaceAll(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The longest message, in characters. */
const LONGEST_MESSAGE = 2000;

/** A message that may contain texts from outside: printable, and of bounded length. */
export function readable(message: string): string {
  const { length } = message;
  if (length <= LONGEST_MESSAGE) return printable(message);
  return `${printable(message.slice(0, LONGEST_MESSAGE))}… (and ${length - LONGEST_MESSAGE} more characters)`;
}

/** The longest text inside a message, in characters. */
const LONGEST_QUOTE = 60;

/** A text from outside for use in a message: in quotes, short, and unable to control the terminal. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return printable(JSON.stringify(short));
}

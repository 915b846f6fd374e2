/** Control characters, halves of characters, and marks that turn the direction of writing. Line ends and tabs stay. */
const STEERING = /(?![\n\t])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** A text of others for a terminal: what could steer it is written as its code, such as \u{1b}. */
export function printable(text: string): string {
  return text.replaceAll(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Length of a message, in characters. */
const LONGEST_MESSAGE = 2000;

/** A message that may hold texts of others: printable, and of bounded length. */
export function readable(message: string): string {
  const { length } = message;
  if (length <= LONGEST_MESSAGE) return printable(message);
  return `${printable(message.slice(0, LONGEST_MESSAGE))}… (and ${length - LONGEST_MESSAGE} more characters)`;
}

/** Length of a text inside a message, in characters. */
const LONGEST_QUOTE = 60;

/** A text of others inside a message: in quotes, in few characters, and so that it cannot steer a terminal. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return printable(JSON.stringify(short));
}

/**
 * JSON with comments, as editors write configurations, as JSON: each character of a comment becomes a space, and so does a
 * comma before the end of a list or an object. Lines and columns stay.
 */
export function withoutComments(text: string): string {
  // Strings come first, so that nothing inside one is taken for a comment.
  const parts = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const blank = (part: string): string => part.replaceAll(/[^\n]/g, ' ');
  const json = text.replaceAll(parts, (part) => (part.startsWith('"') ? part : blank(part)));
  return json.replaceAll(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[\]}])/g, (part) => (part === ',' ? ' ' : part));
}

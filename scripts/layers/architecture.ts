import { join } from 'node:path';
import { packageRoot } from '../../parity/package-root.js';
import { LAYERS } from './layers.js';

export const ARCHITECTURE = join(packageRoot(), 'ARCHITECTURE.md');

const BEGIN = '<!-- rooms:begin -->';
const END = '<!-- rooms:end -->';

/** The text of ARCHITECTURE.md with its table of rooms made anew. */
export function withRooms(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`ARCHITECTURE.md has no place "${BEGIN} ... ${END}"`);
  return `${text.slice(0, from + BEGIN.length)}\n${table()}\n${text.slice(to)}`;
}

function table(): string {
  const rows = Object.entries(LAYERS).map(
    ([name, { paths, what, uses }]) =>
      `| **${name}** | ${paths.map((path) => `\`${path}\``).join(', ')} | ${what} | ${uses.filter((each) => each !== 'base').join(', ')} |`,
  );
  return ['| room | where | what it does | uses, besides base |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

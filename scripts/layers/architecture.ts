import { code, markdownTable } from '../readme/table.js';
import { LAYERS } from './layers.js';

/** The rooms of ARCHITECTURE.md. */
export const roomTable = (): string =>
  markdownTable(
    ['room', 'where', 'what it does', 'uses, besides base'],
    Object.entries(LAYERS).map(([name, { paths, what, uses }]) => [
      `**${name}**`,
      paths.map(code).join(', '),
      what,
      uses.filter((each) => each !== 'base').join(', '),
    ]),
  );

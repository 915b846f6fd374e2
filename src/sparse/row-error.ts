import { InputError } from '../errors.js';

/** A fault of one row. A caller that knows its text can add that. */
export class RowError extends InputError {
  readonly row: number;
  /** What is wrong, without the row. */
  readonly fault: string;
  /** The creator of the row, if it is known. */
  readonly maker: string | undefined;

  constructor(row: number, fault: string, { name, maker }: { name?: string; maker?: string } = {}) {
    super(`${name === undefined ? '' : `${name}, `}row ${row}, ${fault}`);
    this.row = row;
    this.fault = fault;
    this.maker = maker;
  }
}

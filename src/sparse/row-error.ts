import { InputError } from '../errors.js';

/** What is wrong with one row: who knows which text it is of can say so. */
export class RowError extends InputError {
  readonly row: number;
  /** What is wrong, without the row. */
  readonly fault: string;
  /** What made the row, where that is known. */
  readonly maker: string | undefined;

  constructor(row: number, fault: string, { name, maker }: { name?: string; maker?: string } = {}) {
    super(`${name === undefined ? '' : `${name}, `}row ${row}, ${fault}`);
    this.row = row;
    this.fault = fault;
    this.maker = maker;
  }
}

/** A query with one positive and its negatives, which every format is read as and written from. */
export interface Example {
  readonly anchor: string;
  readonly positive: string;
  readonly negatives: readonly string[];
  /** The scores of the positive and of each negative, if the data has them. */
  readonly scores: readonly number[] | undefined;
  /** Where it comes from, for messages. */
  readonly place: string;
}

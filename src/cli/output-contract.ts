/** The progress of an encode. */
export interface Checkpoint {
  readonly texts: number;
  /** The active dimensions of all texts together. */
  readonly entries: number;
  /** The number of texts that were truncated. */
  readonly cut: number;
  readonly empty: number;
  /** A hash of the texts so far: an encode resumes only with the same input. */
  readonly sha256: string;
}

/** The destination of lines. */
export interface Output {
  /** The lines that an earlier run, which stopped, has written. */
  readonly done?: Checkpoint | undefined;
  write(line: string): Promise<void>;
  /** Called after each line. From time to time it makes the written lines durable. */
  keep(checkpoint: () => Checkpoint): Promise<void>;
  /** All lines have been written. */
  finish(): Promise<void>;
  /** The run ends early. */
  stop(checkpoint: () => Checkpoint): Promise<void>;
}

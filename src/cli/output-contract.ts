/** The progress of a command that writes lines. */
export interface Checkpoint {
  /** How many of its units, such as texts, have all their lines. */
  readonly done: number;
  /** Sums over these units, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** A hash of the input so far: a run resumes only with the same input. */
  readonly sha256: string;
}

/** What a command that can be resumed calls itself and its units. */
export interface Resumable {
  /** With its article, such as "an encode". */
  readonly what: string;
  readonly unit: string;
  readonly units: string;
  /** The milliseconds after which written lines are worth keeping. */
  readonly keptEvery: number;
}

/** The destination of lines. */
export interface Output {
  /** What an earlier run, which stopped, has written. */
  readonly done?: Checkpoint | undefined;
  write(line: string): Promise<void>;
  /** Called after each line. From time to time it makes the written lines durable. */
  keep(checkpoint: () => Checkpoint): Promise<void>;
  /** All lines have been written. */
  finish(): Promise<void>;
  /** The run ends early. */
  stop(checkpoint: () => Checkpoint): Promise<void>;
}

/** What of an encode is done. */
export interface Checkpoint {
  readonly texts: number;
  /** Active dimensions, of all texts together. */
  readonly entries: number;
  /** Texts that were longer than the model takes. */
  readonly cut: number;
  readonly empty: number;
  /** Hash of the texts so far: an encode resumes only with the same input. */
  readonly sha256: string;
}

/** Where lines go. */
export interface Output {
  /** What an earlier run, which stopped, has written already. */
  readonly done?: Checkpoint | undefined;
  write(line: string): Promise<void>;
  /** Asked after each line; once in a while what was written is made safe. */
  keep(checkpoint: () => Checkpoint): Promise<void>;
  /** Everything was written. */
  finish(): Promise<void>;
  /** It ends early. */
  stop(checkpoint: () => Checkpoint): Promise<void>;
}

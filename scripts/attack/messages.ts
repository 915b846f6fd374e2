/** A request to the process of attacks. */
export interface AttackRequest {
  /** The address of the module with the attack. */
  readonly module: string;
  readonly name: string;
  readonly tries: number;
  readonly seed: number;
  /** An empty folder for the folders of its tries. */
  readonly folder: string;
}

/** A message of the process of attacks. Memory is in bytes. */
export type AttackMessage =
  | { readonly kind: 'ready' }
  /** `idle`: the memory of the process before the first try. */
  | { readonly kind: 'started'; readonly idle: number }
  | { readonly kind: 'try'; readonly index: number }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'done'; readonly peak: number };

/** The error of a try. */
export interface Finding {
  readonly index: number;
  readonly what: string;
}

/** What the process of attacks is asked for. */
export interface AttackRequest {
  /** The address of the module with the attack. */
  readonly module: string;
  readonly name: string;
  readonly tries: number;
  readonly seed: number;
  /** An empty folder for the folders of its tries. */
  readonly folder: string;
}

/** What the process of attacks tells. Memory is in bytes. */
export type AttackMessage =
  | { readonly kind: 'ready' }
  /** `idle`: what the process takes before the first try. */
  | { readonly kind: 'started'; readonly idle: number }
  | { readonly kind: 'try'; readonly index: number }
  | { readonly kind: 'done'; readonly findings: readonly Finding[]; readonly peak: number };

/** What a try threw. */
export interface Finding {
  readonly index: number;
  readonly what: string;
}

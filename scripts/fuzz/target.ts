import { ModelFileError } from '../../src/errors.js';

/** A reader of foreign bytes, which has to end with a value or with one of the errors that it promises. */
export interface FuzzTarget {
  readonly name: string;
  /** What the mutations begin with. */
  readonly seeds: () => readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  readonly promises: (error: unknown) => boolean;
  /**
   * `safetensors`: JSON behind its length; structure-aware mutations keep the length true. There are none of `protobuf`, of
   * which every byte is structure.
   */
  readonly format: 'json' | 'safetensors' | 'protobuf';
}

export const isModelFileError = (error: unknown): boolean => error instanceof ModelFileError;

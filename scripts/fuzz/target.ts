import { ModelFileError } from '../../src/errors.js';

/** A reader of foreign bytes, which has to return a value or throw one of the promised errors. */
export interface FuzzTarget {
  readonly name: string;
  /** The inputs to mutate. */
  readonly seeds: () => readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  readonly promises: (error: unknown) => boolean;
  /**
   * `safetensors`: JSON after its length; structure-aware mutations keep the length correct. `protobuf` has none, since
   * every byte is structure.
   */
  readonly format: 'json' | 'safetensors' | 'protobuf';
}

export const isModelFileError = (error: unknown): boolean => error instanceof ModelFileError;

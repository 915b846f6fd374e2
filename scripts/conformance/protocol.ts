import { z } from 'zod';

/** The task of the process with the specs, as one JSON value on its standard input. */
export const Task = z.object({
  /** Only specs whose full name contains this. */
  only: z.string(),
  /** Specs that an earlier process has completed. */
  done: z.array(z.string()),
  /** How long one spec may wait for a promise. */
  timeoutMs: z.number().positive(),
});
export type Task = z.infer<typeof Task>;

const Failure = z.object({ message: z.string(), stack: z.string() });
export type Failure = z.infer<typeof Failure>;

const Spec = z.object({ id: z.string(), file: z.string(), name: z.string() });
export type Spec = z.infer<typeof Spec>;

/** A kernel that the backend does not have, and its error message. */
const Refusal = z.object({ kernel: z.string(), message: z.string() });
export type Refusal = z.infer<typeof Refusal>;

const SpecResult = Spec.extend({ failures: z.array(Failure), refusals: z.array(Refusal) });
export type SpecResult = z.infer<typeof SpecResult>;

/**
 * The messages of the process, one JSON value per line on file descriptor 3: the specs themselves write to standard
 * output and standard error. `outside` is a failure that belongs to no spec: in a suite's beforeAll or afterAll, or
 * after the end of the last spec.
 */
export const Message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), specs: z.number().int() }),
  z.object({ kind: z.literal('started'), spec: Spec }),
  z.object({ kind: z.literal('done'), result: SpecResult }),
  z.object({ kind: z.literal('outside'), result: SpecResult }),
  z.object({ kind: z.literal('finished') }),
]);
export type Message = z.infer<typeof Message>;

export const MESSAGE_FD = 3;

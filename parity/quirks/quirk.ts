/**
 * A case in which the reference is wrong, undefined or depends on its way of computing, and for which we decide
 * deliberately.
 */
export interface Quirk {
  /** kebab-case */
  readonly id: string;
  /** Class names of the losses that show it. */
  readonly losses: readonly string[];
  /** What the reference does. */
  readonly reference: string;
  /** What the paper or the documentation says, or "undefined". */
  readonly paper: string;
  /** What we do, and why. */
  readonly ours: string;
  /** The function of `reference/quirks.py` that checks whether the reference still does this. */
  readonly check: string;
}

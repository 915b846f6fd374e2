/** A place where the reference is wrong, undefined or depends on its way of computing, and where we decide on purpose. */
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
  /** The function of `reference/quirks.py` that finds out whether the reference still does so. */
  readonly check: string;
}

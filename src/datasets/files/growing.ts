/** A growing list of numbers: 8 bytes for each, and up to twice that while it grows. */
export class GrowingNumbers {
  #numbers = new Float64Array(1024);
  #length = 0;

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = number;
  }

  /** All numbers, without the spare capacity. */
  taken(): Float64Array {
    return this.#numbers.slice(0, this.#length);
  }
}

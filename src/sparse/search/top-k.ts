/**
 * The k best of scored documents that are offered by ascending number, in a heap whose root is the worst of them. Of
 * documents of one score the lower number is the better.
 */
export class TopK {
  /** Only a higher score can still enter. */
  threshold = -Infinity;
  private readonly scores: Float64Array;
  private readonly documents: Uint32Array;
  private size = 0;

  constructor(k: number) {
    this.scores = new Float64Array(k);
    this.documents = new Uint32Array(k);
    if (k === 0) this.threshold = Infinity;
  }

  /** `score` must be above the threshold. */
  add(score: number, document: number): void {
    if (this.size < this.scores.length) {
      this.siftUp(this.size++, score, document);
    } else {
      this.siftDown(score, document);
    }
    if (this.size === this.scores.length) this.threshold = this.scores[0] as number;
  }

  /** The best first. */
  finish(): { documents: Uint32Array; scores: Float64Array } {
    const order = Uint32Array.from({ length: this.size }, (_, i) => i).toSorted((a, b) =>
      this.isWorse(b, this.scores[a] as number, this.documents[a] as number) ? -1 : 1,
    );
    return {
      documents: order.map((i) => this.documents[i] as number),
      scores: Float64Array.from(order, (i) => this.scores[i] as number),
    };
  }

  /** Whether what is at `place` is worse than the document given. */
  private isWorse(place: number, score: number, document: number): boolean {
    const other = this.scores[place] as number;
    return other < score || (other === score && (this.documents[place] as number) > document);
  }

  private siftUp(from: number, score: number, document: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.isWorse(parent, score, document)) break;
      this.move(parent, place);
      place = parent;
    }
    this.put(place, score, document);
  }

  private siftDown(score: number, document: number): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      const next = child + 1;
      if (
        next < this.size &&
        this.isWorse(next, this.scores[child] as number, this.documents[child] as number)
      ) {
        child = next;
      }
      if (!this.isWorse(child, score, document)) break;
      this.move(child, place);
      place = child;
    }
    this.put(place, score, document);
  }

  private move(from: number, to: number): void {
    this.put(to, this.scores[from] as number, this.documents[from] as number);
  }

  private put(place: number, score: number, document: number): void {
    this.scores[place] = score;
    this.documents[place] = document;
  }
}

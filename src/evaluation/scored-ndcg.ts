/**
 * nDCG of the first k documents by their scores, with relevance 0 or 1. Documents with equal scores share the gains of
 * their positions, as in scikit-learn, so their order does not matter (McSherry and Najork, 2008). It is 0 without a
 * relevant document.
 *
 * @param scores [documents]
 * @param relevance 0 or 1 for each document
 */
export function scoredNdcg(scores: ArrayLike<number>, relevance: readonly number[], k: number): number {
  const order = Array.from(relevance.keys()).toSorted(
    (a, b) => (scores[b] as number) - (scores[a] as number),
  );
  let gain = 0;
  for (let begin = 0, end: number; begin < order.length; begin = end) {
    const score = scores[order[begin] as number];
    end = begin;
    let [relevant, discounts] = [0, 0];
    for (; end < order.length && scores[order[end] as number] === score; end++) {
      relevant += relevance[order[end] as number] as number;
      discounts += discount(end, k);
    }
    gain += (relevant / (end - begin)) * discounts;
  }
  const all = relevance.filter((each) => each === 1).length;
  let best = 0;
  for (let place = 0; place < all; place++) best += discount(place, k);
  return best === 0 ? 0 : gain / best;
}

/** The gain of a relevant document at a position, counted from 0. */
const discount = (place: number, k: number): number => (place < k ? 1 / Math.log2(place + 2) : 0);

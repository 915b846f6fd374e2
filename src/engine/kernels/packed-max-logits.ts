import type { MaxLogitsOptions } from '../../ops/max-logits.js';
import { PACKED_MAX_LOGITS } from '../../ops/packed-max-logits.js';
import type { Value } from '../graph.js';
import { currentLowering } from '../lowering.js';
import { int32s, int64s, scalar } from '../ops/constants.js';
import { add, binary, cast, sub } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { gather, range, scatterRows } from '../ops/indexing.js';
import { concat, reshape } from '../ops/layout.js';
import { reduce } from '../ops/reduce.js';
import { boundedMaxima } from './bounded-maxima.js';
import { groupsOf } from './groups.js';
import { type Kernel, kernel } from './kernel.js';
import { maximaOfGroups } from './max-logits.js';
import { joined } from './maxima.js';

/** Each group of texts of similar length is padded to the longest of them. */
const MAX_GROUPS = 4;

const packedMaxLogits = kernel<
  'states' | 'decoder' | 'starts' | 'counts' | 'order',
  MaxLogitsOptions,
  'bias'
>(({ states, decoder, bias, starts, counts, order }, options) => {
  const sorted = gather(starts, order, 0);
  const groups = groupsOf([sorted, gather(counts, order, 0)] as const, MAX_GROUPS);
  const statesOf = groups.map(([begins, lengths]) => gather(states, rowsOf(begins, lengths, states), 0));
  const terms = bias && currentLowering().quantized?.(decoder);
  // A group has fewer texts than the batch, so the same number of logits covers more terms.
  const ofGroup = { ...options, termsAtATime: options.termsAtATime * MAX_GROUPS, maxGroups: 1 };
  const [maxima, positions] = (
    bias === undefined || terms === undefined
      ? maximaOfGroups(statesOf, decoder, options)
      : joined(
          statesOf.map((group) => boundedMaxima(group, { decoder, bias, terms }, ofGroup)),
          0,
        )
  ) as [Value, Value?];
  const places = scatterRows(range(order.size), order, range(order.size), 'none');
  const unsorted = gather(maxima, places, 0);
  if (positions === undefined) return [unsorted];
  const rows = atMost(add(reshape(sorted, [order.size, 1]), positions), states);
  return [unsorted, gather(rows, places, 0)];
});

/** [texts, length] of a group: the rows of each text, the last one again beyond its end. */
function rowsOf(begins: Value, lengths: Value, states: Value): Value {
  const [texts = 0] = begins.shape;
  // A group may be empty, and a text may have no tokens.
  const longest = reduce('ReduceMax', concat([lengths, int32s([1])], 0), [0], false);
  const length = states.shape[0] as number;
  const places = emit('Range', [scalar(0, 'int32'), longest, scalar(1, 'int32')], {
    type: 'int32',
    shape: [length],
  });
  const column = (x: Value): Value =>
    emit('Unsqueeze', [x, int64s([1])], { type: x.type, shape: [texts, 1] });
  const last = binary('Max', sub(column(lengths), scalar(1, 'int32')), scalar(0, 'int32'));
  return atMost(add(column(begins), binary('Min', places, last)), states);
}

/** The row of a text without tokens behind all others would be beyond the end. */
function atMost(rows: Value, states: Value): Value {
  const attributes = { start: { int: 0 }, end: { int: 1 } };
  const count = cast(emit('Shape', [states], { type: 'int64', shape: [1] }, { attributes }), 'int32');
  return binary('Min', rows, sub(count, scalar(1, 'int32')));
}

export const PACKED_HEAD: Record<string, Kernel> = { [PACKED_MAX_LOGITS]: packedMaxLogits };

import { codeOf } from '../element-types.js';
import type { Attribute, OnnxGraph, OnnxNode } from '../model.js';
import { type ConstantMatrix, ConstantMatrices } from './constant-matrices.js';
import { int64s, uint8 } from './constants.js';
import type { GraphRewriter } from './graph-rewriter.js';
import type { QuantizeOptions } from './quantize-options.js';
import { QuantizedActivations, ZERO_CODE } from './quantized-activations.js';
import { memoized, QuantizedWeights } from './quantized-weights.js';
import { Ranks } from './ranks.js';

/** Smaller tables are not worth the error: 2^16 elements take 256 kB. */
const SMALLEST_TABLE = 2 ** 16;

/** Rewrites the products and tables of a graph, node by node. */
export class QuantizedGraph {
  readonly #graph: OnnxGraph;
  readonly #to: GraphRewriter;
  readonly #options: QuantizeOptions;
  readonly #constants: ConstantMatrices;
  readonly #ranks: Ranks;
  readonly #weights: QuantizedWeights;
  readonly #activations: QuantizedActivations;
  readonly #readers = new Map<string, OnnxNode[]>();
  /** Nodes that were rewritten together with an earlier node. */
  readonly #done = new Set<OnnxNode>();
  #zero: string | undefined;

  constructor(graph: OnnxGraph, to: GraphRewriter, options: QuantizeOptions) {
    this.#graph = graph;
    this.#to = to;
    this.#options = options;
    this.#constants = new ConstantMatrices(graph);
    this.#ranks = new Ranks(graph);
    this.#weights = new QuantizedWeights(to, options.weightBits === 7 ? 64 : 127);
    this.#activations = new QuantizedActivations(to);
    for (const node of graph.nodes) {
      for (const name of node.inputs) memoized(this.#readers, name, () => [] as OnnxNode[]).push(node);
    }
  }

  /** Rewrites the graph and returns how many products and tables were quantized. */
  rewrite(): number {
    let quantized = 0;
    for (const node of this.#graph.nodes) {
      if (this.#done.has(node)) continue;
      if (this.#product(node) || this.#table(node)) quantized++;
      else this.#to.add(node);
    }
    return quantized;
  }

  #product(node: OnnxNode): boolean {
    const matrix = this.#rightSide(node);
    if (matrix === undefined) return false;
    const [left = '', , bias = ''] = node.inputs;
    const { begin, end, tensor, transposed } = matrix;
    const [height, width] = [end - begin, tensor.dims[1] ?? 0];
    const [inputWidth, outputWidth] = transposed ? [width, height] : [height, width];
    const [output = ''] = node.outputs;
    if (this.#options.keepFloat32({ output, inputWidth, outputWidth })) return false;
    const { codes, scales } = this.#weights.rightSide(matrix);
    const maximum = this.#maximumOfItems(node);
    if (maximum !== undefined) {
      this.#done.add(maximum);
      const items = this.#activations.byItem(left, this.#ranks.of(left) as number);
      const [, ...axes] = maximum.inputs;
      const sums = this.#integerProduct(items.codes, codes);
      const largest = this.#to.emit('ReduceMax', [sums, ...axes], `${output}_largest`, maximum.attributes);
      this.#scaled(largest, items.scales, scales, maximum.outputs);
      return true;
    }
    const rows = this.#activations.byRow(left, inputWidth);
    const sums = this.#integerProduct(rows.codes, codes);
    const isMatrix = this.#ranks.of(left) === 2;
    const product = isMatrix && bias === '' ? output : this.#to.fresh(`${output}_product`);
    this.#scaled(sums, rows.scales, scales, [product]);
    if (bias !== '') this.#to.add({ op: 'Add', inputs: [product, bias], outputs: [output], attributes: {} });
    else if (!isMatrix) this.#inShapeOf(left, product, outputWidth, output);
    return true;
  }

  /** The constant right-hand side of a product that int8 can compute. */
  #rightSide({ op, inputs, attributes }: OnnxNode): ConstantMatrix | undefined {
    const [, right = ''] = inputs;
    if (op === 'MatMul') return this.#constants.matrix(right);
    if (op !== 'Gemm' || number(attributes['transA'], 0) !== 0) return undefined;
    if (number(attributes['alpha'], 1) !== 1 || number(attributes['beta'], 1) !== 1) return undefined;
    const matrix = this.#constants.matrix(right);
    const isTransposed = number(attributes['transB'], 0) !== 0;
    return matrix && { ...matrix, transposed: matrix.transposed !== isTransposed };
  }

  /**
   * The node that reads only the maxima of a product over axes between the first and the last one. If all elements of
   * an item share a scale, the integers have the same order, so only the maxima need scaling.
   */
  #maximumOfItems({ inputs, outputs }: OnnxNode): OnnxNode | undefined {
    const [output = ''] = outputs;
    const [reader, ...others] = this.#readers.get(output) ?? [];
    if (reader?.op !== 'ReduceMax' || others.length > 0 || this.#isGraphOutput(output)) return undefined;
    const rank = this.#ranks.of(inputs[0] ?? '');
    const axes = this.#constants.tensor(reader.inputs[1] ?? '')?.data;
    if (rank === undefined || axes === undefined) return undefined;
    const isInner = [...axes].map(Number).every((axis) => {
      const place = axis < 0 ? axis + rank : axis;
      return place > 0 && place < rank - 1;
    });
    return isInner && axes.length > 0 ? reader : undefined;
  }

  #isGraphOutput(output: string): boolean {
    return this.#graph.outputs.some(({ name }) => name === output);
  }

  #integerProduct(left: string, right: string): string {
    this.#zero ??= this.#to.constant('zero_code', uint8(ZERO_CODE));
    return this.#to.emit('MatMulInteger', [left, right, this.#zero], 'sums');
  }

  /**
   * sums int32 [n, ..., width], scales [n] and [width]
   *
   * Not as Cast(sums) times the product of the scales: ONNX Runtime 1.30 fuses that and a following bias into one node
   * (MatMulIntegerToFloat), which adds the bias before it applies the scales of the rows.
   */
  #scaled(sums: string, scales: string, widthScales: string, outputs: readonly string[]): void {
    const byRow = this.#to.emit('DequantizeLinear', [sums, scales], `${sums}_by_row`, { axis: { int: 0 } });
    this.#to.add({ op: 'Mul', inputs: [byRow, widthScales], outputs, attributes: {} });
  }

  /** product [rows, width] -> [..., width] with the other dimensions of `like`. */
  #inShapeOf(like: string, product: string, width: number, output: string): void {
    const outer = this.#to.emit('Shape', [like], `${output}_outer`, { end: { int: -1 } });
    const sizes = [outer, this.#to.constant('width', int64s(width))];
    const shape = this.#to.emit('Concat', sizes, `${output}_shape`, { axis: { int: 0 } });
    this.#to.add({ op: 'Reshape', inputs: [product, shape], outputs: [output], attributes: {} });
  }

  /** Gathers rows of codes and their scales. */
  #table({ op, inputs, outputs, attributes }: OnnxNode): boolean {
    const [source = '', indices = ''] = inputs;
    if (op !== 'Gather' || !this.#options.tables || number(attributes['axis'], 0) !== 0) return false;
    const tensor = this.#constants.tensor(source);
    const matrix = this.#constants.matrix(source);
    if (matrix === undefined || matrix.tensor !== tensor || tensor.data.length < SMALLEST_TABLE) return false;
    const table = this.#weights.table(matrix);
    const [output = ''] = outputs;
    const codes = this.#to.emit('Gather', [table.codes, indices], `${output}_codes`);
    const wide = this.#to.emit('Cast', [codes], `${output}_wide`, { to: { int: codeOf('float32') } });
    const scales = this.#to.emit('Gather', [table.scales, indices], `${output}_scales`);
    this.#to.add({ op: 'Mul', inputs: [wide, scales], outputs, attributes: {} });
    return true;
  }
}

function number(attribute: Attribute | undefined, fallback: number): number {
  if (attribute === undefined) return fallback;
  if ('int' in attribute) return attribute.int;
  return 'float' in attribute ? attribute.float : NaN;
}

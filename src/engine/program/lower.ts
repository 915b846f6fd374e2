import type {
  Attributes,
  Dimension,
  ElementType,
  Initializer,
  OnnxModel,
  OnnxNode,
  TypedArray,
  ValueInfo,
} from '../../onnx/model.js';
import { attributeKey, bitsOf } from './attribute-key.js';
import { type Node, nodesInOrder, type Value } from '../graph.js';
import { int64s, scalar } from '../ops/constants.js';
import { lowerBody } from './lower-body.js';
import { spreadColumn } from './spread.js';
import { type Output, type Part, tile } from './tile.js';

/** LayerNormalization came with 17, reductions whose axes are an input with 18; every runtime of today reads it. */
export const OPSET = 18;
const IR_VERSION = 8;

export interface Lowering {
  /** Whether a value with elements is an input of the program; otherwise its elements are part of it. */
  readonly isInput: (value: Value) => boolean;
  readonly name?: string;
  /** Shapes of inputs and outputs with names for dimensions that are only known at run time. */
  readonly dimensionsOf?: (value: Value) => readonly Dimension[];
  /** Elements of the tiles that row-wise chains over large tensors are cut into; 0 (the default) cuts nothing. */
  readonly tileElements?: number;
}

/** An output of a program: whole, or in parts that follow each other. */
export interface ProgramOutput {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly parts: readonly { readonly name: string; readonly begin: number }[];
}

/** A graph in the form ONNX Runtime takes, and which of its names stand for which values. */
export interface Program {
  readonly model: OnnxModel;
  readonly inputs: ReadonlyMap<string, Value>;
  /** Each output asked for, in that order; two may have the same parts. */
  readonly outputs: readonly ProgramOutput[];
  /** Whether no dimension of an output has to wait for the run to be known. */
  readonly fixedShapes: boolean;
  /** Whether its session runs in a thread of its own, so that the caller's event loop goes on. Default false. */
  readonly inBackground?: boolean;
  /** What recorded the node of a name. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** What the nodes make, by its name. */
  readonly made: ReadonlyMap<string, TensorSpec>;
}

export interface TensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/**
 * The ONNX graph that computes the values asked for. Nodes that nothing needs do not come into it; of equal constants and
 * of equal nodes with equal inputs there is one; one number that fills a tensor is stored as that number.
 */
export function lower(
  asked: readonly Value[],
  { isInput, name = 'program', dimensionsOf = (value) => value.shape, tileElements = 0 }: Lowering,
): Program {
  const names = new Map<Value, string>();
  const known = new Map<string, readonly string[]>();
  const nodes: OnnxNode[] = [];
  const recorded = new Map<string, Node>();
  const inputs = new Map<string, Value>();
  const initializers: Initializer[] = [];
  const inputInfo: ValueInfo[] = [];
  /** What the nodes make. */
  const made = new Map<string, TensorSpec>();

  function nameOf(value: Value): string {
    let found = names.get(value);
    if (found === undefined) {
      found = leafName(value);
      names.set(value, found);
    }
    return found;
  }

  function leafName(value: Value): string {
    const { source, type, shape } = value;
    if (source.kind === 'node') throw new RangeError('a node was used before it was placed');
    if (source.kind === 'rows') {
      return asInput(`${inputName(source.of)}_rows_${source.begin}_${source.phase}`, value, shape);
    }
    if (source.kind === 'placeholder' || (source.kind === 'data' && isInput(value))) {
      return asInput(inputName(value), value, dimensionsOf(value));
    }
    if (value.fill !== undefined && value.size > 1) {
      return place(
        'Expand',
        {},
        [nameOf(scalar(value.fill, type)), nameOf(int64s(shape))],
        [value],
        undefined,
      )[0] as string;
    }
    return stored(type, shape, source.elements);
  }

  function inputName({ source }: Value): string {
    return source.kind === 'placeholder' ? source.name : `input_${inputs.size}`;
  }

  function asInput(input: string, value: Value, dims: readonly Dimension[]): string {
    inputs.set(input, value);
    inputInfo.push({ name: input, type: value.type, dims });
    return input;
  }

  function stored(type: Value['type'], dims: readonly number[], data: TypedArray): string {
    const create = (): string[] => {
      const initializer = `${dims.length === 0 ? 'scalar' : 'tensor'}_${initializers.length}`;
      initializers.push({ name: initializer, tensor: { type, dims, data } });
      return [initializer];
    };
    if (data.length > MAX_COMPARED) return create()[0] as string;
    return once(`${type}[${dims.join()}]${bitsOf(data)}`, create)[0] as string;
  }

  function once(key: string, create: () => readonly string[]): readonly string[] {
    let found = known.get(key);
    if (found === undefined) {
      found = create();
      known.set(key, found);
    }
    return found;
  }

  function place(
    op: string,
    attributes: Attributes,
    inputNames: readonly string[],
    results: readonly TensorSpec[],
    node: Node | undefined,
    salt = '',
  ): readonly string[] {
    const domain = node?.domain ?? '';
    const key = `${domain}.${op}(${inputNames.join()})${results.length}${attributeKey(attributes)}${salt}`;
    return once(key, () => {
      const number = nodes.length;
      const produced = results.map((result, index) => {
        const output = results.length === 1 ? `v${number}` : `v${number}_${index}`;
        made.set(output, result);
        return output;
      });
      const nodeName = `${node?.origin?.op ?? 'program'}/${op}_${number}`;
      nodes.push({
        op,
        name: nodeName,
        inputs: inputNames,
        outputs: produced,
        attributes,
        ...(domain && { domain }),
      });
      if (node) recorded.set(nodeName, node);
      return produced;
    });
  }

  const outputs =
    tileElements > 0
      ? tile(asked, { isInput, tileElements })
      : asked.map((value): Output => [{ value, begin: 0 }]);
  for (const node of nodesInOrder(partByPart(outputs))) {
    const inputNames = node.inputs.map((input) => (input === undefined ? '' : nameOf(input)));
    if (node.body !== undefined) {
      const { graph, given, made: inside } = lowerBody(node.body, inputNames, `loop${nodes.length}`);
      for (const [output, { value, nodeName, maker }] of inside) {
        made.set(output, value);
        recorded.set(nodeName, maker);
      }
      const produced = place(node.op, { body: { graph } }, given, node.outputs, node, `${nodes.length}`);
      node.outputs.forEach((output, index) => names.set(output, produced[index] as string));
      continue;
    }
    const ones = tileElements > 0 ? spreadColumn(node) : undefined;
    const produced = ones
      ? place('Mul', {}, [inputNames[0] ?? '', nameOf(ones)], node.outputs, node)
      : place(node.op, node.attributes, inputNames, node.outputs, node);
    node.outputs.forEach((output, index) => names.set(output, produced[index] as string));
  }

  const outputInfo = new Map<string, ValueInfo>();
  const programOutputs = outputs.map((parts, index): ProgramOutput => {
    const { type, shape } = asked[index] as Value;
    return {
      type,
      shape,
      parts: parts.map(({ value, begin }) => {
        const output = outputName(value, parts.length > 1);
        outputInfo.set(output, {
          name: output,
          type,
          dims: parts.length === 1 ? dimensionsOf(value) : value.shape,
        });
        return { name: output, begin };
      }),
    };
  });

  /** A graph's output has to come from a node; of equal parts of an output each is one of its own. */
  function outputName(value: Value, isPart: boolean): string {
    const found = nameOf(value);
    if (made.has(found) && !(isPart && outputInfo.has(found))) return found;
    const salt = isPart ? String(outputInfo.size) : '';
    return place('Identity', {}, [found], [value], undefined, salt)[0] as string;
  }

  const model: OnnxModel = {
    graph: {
      name,
      nodes,
      inputs: inArgumentOrder(inputInfo),
      outputs: [...outputInfo.values()],
      initializers,
    },
    opset: OPSET,
    irVersion: IR_VERSION,
    producer: 'sparse-encoder',
    metadata: {},
  };
  const fixedShapes = model.graph.outputs.every(({ dims }) => dims.every((dim) => typeof dim === 'number'));
  return { model, inputs, outputs: programOutputs, fixedShapes, nodes: recorded, made };
}

/** First what is whole, then the first parts of all, then the second ones: what they share is still in a cache. */
function partByPart(outputs: readonly Output[]): Value[] {
  const wholes = outputs.filter((parts) => parts.length === 1).map(([part]) => (part as Part).value);
  const tiled = outputs.filter((parts) => parts.length > 1);
  const count = Math.max(0, ...tiled.map((parts) => parts.length));
  const rounds = Array.from({ length: count }, (_, index) =>
    tiled.flatMap((parts) => parts[index]?.value ?? []),
  );
  return [...wholes, ...rounds.flat()];
}

/** Constants beyond this many elements are weights, and comparing them costs more than a copy would. */
const MAX_COMPARED = 2 ** 14;

/** The arguments of a recorded function come first, in their order; then what was met first. */
function inArgumentOrder(inputs: readonly ValueInfo[]): ValueInfo[] {
  const place = ({ name }: ValueInfo): number => argumentIndex(name) ?? Number.MAX_SAFE_INTEGER;
  return inputs.toSorted((a, b) => place(a) - place(b));
}

/** Which argument a placeholder, or rows of one, stand for. */
export function argumentIndex(name: string): number | undefined {
  const found = /^arg_(\d+)/.exec(name);
  return found ? Number(found[1]) : undefined;
}

import { OutOfMemoryError, ProgramError } from '../errors.js';
import { type Node, sizeOf } from '../graph.js';
import { describeOrigin } from '../origin.js';
import type { Program, ProgramOutput } from '../program/program.js';

const NO_MEMORY =
  /Failed to allocate memory for requested buffer of size (\d+)|bad_alloc|Array buffer allocation failed/;

/** An error of ONNX Runtime, in terms of the program that the user recorded. */
export function describeRefusal(error: unknown, program: Program): Error {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  const { name } = program.model.graph;
  const node = namedNode(message, program);
  const where = node === undefined ? '' : `\n  ${describeNode(node)}`;
  const wanted = NO_MEMORY.exec(message);
  if (wanted) {
    const size = wanted[1] === undefined ? '' : ` for ${bytes(Number(wanted[1]))}`;
    return new OutOfMemoryError(`no memory${size} in program ${name}: ${message}${where}`, { cause: error });
  }
  return new ProgramError(`ONNX Runtime refused program ${name}: ${message}${where}`, { cause: error });
}

/** The array for an output of a program could not be allocated. */
export function describeNoBuffer(error: unknown, output: ProgramOutput, program: Program): Error {
  const { type, shape, parts } = output;
  const { name, nodes } = program.model.graph;
  const made = nodes.find(({ outputs }) => outputs.includes(parts[0]?.name ?? ''));
  const node = program.nodes.get(made?.name ?? '');
  const size = sizeOf(shape) * (type === 'bool' ? 1 : 4);
  return new OutOfMemoryError(
    `no memory for ${bytes(size)}: output ${type}[${shape.join(', ')}] of program ${name}` +
      (node === undefined ? '' : `\n  ${describeNode(node)}`),
    { cause: error },
  );
}

/** The node that a message names. One node's name may be a prefix of another's. */
function namedNode(message: string, { nodes }: Program): Node | undefined {
  const [longest] = [...nodes.keys()]
    .filter((name) => message.includes(name))
    .toSorted((a, b) => b.length - a.length);
  return nodes.get(longest ?? '');
}

function bytes(count: number): string {
  return `${count.toLocaleString('en')} bytes`;
}

function describeNode({ op, inputs, outputs, origin }: Node): string {
  const shapes = (values: Node['inputs']): string =>
    values.map((value) => (value ? `${value.type}[${value.shape.join(', ')}]` : 'none')).join(', ');
  const from = origin === undefined ? '' : `, recorded by ${describeOrigin(origin)}`;
  return `${op}(${shapes(inputs)}) -> ${shapes(outputs)}${from}`;
}

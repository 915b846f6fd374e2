import { OutOfMemoryError, ProgramError } from './errors.js';
import type { Node } from './graph.js';
import type { Program } from './lower.js';
import { describeOrigin } from './origin.js';

/** An error of ONNX Runtime, told in terms of the program that the user recorded. */
export function describeRefusal(error: unknown, program: Program): Error {
  const message = error instanceof Error ? error.message : String(error);
  const wanted =
    /Failed to allocate memory for requested buffer of size (\d+)|bad_alloc|Array buffer allocation failed/.exec(
      message,
    );
  const node = [...program.nodes].find(([name]) => message.includes(name))?.[1];
  const where = node === undefined ? '' : `\n  ${describeNode(node)}`;
  if (wanted) {
    const size = wanted[1] === undefined ? '' : ` ${(Number(wanted[1]) / 2 ** 20).toFixed(0)} MiB`;
    return new OutOfMemoryError(
      `no memory${size} for program ${program.model.graph.name}: ${message}${where}`,
      { cause: error },
    );
  }
  return new ProgramError(`ONNX Runtime refused program ${program.model.graph.name}: ${message}${where}`, {
    cause: error,
  });
}

function describeNode({ op, inputs, outputs, origin }: Node): string {
  const shapes = (values: Node['inputs']): string =>
    values.map((value) => (value ? `${value.type}[${value.shape.join(', ')}]` : 'none')).join(', ');
  const from = origin === undefined ? '' : `, recorded by ${describeOrigin(origin)}`;
  return `${op}(${shapes(inputs)}) -> ${shapes(outputs)}${from}`;
}

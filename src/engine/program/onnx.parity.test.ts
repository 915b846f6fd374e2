import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setWarningHandler } from '../../index.js';
import { decodeModel } from '../../onnx/read.js';
import { writeOnnxFile } from '../../onnx/write.js';
import { findReferencePython } from '../../python/environment.js';
import { enginePrograms, recorded } from '../../testing/engine-programs.js';
import { setEngine } from '../set-engine.js';

const python = findReferencePython();

/**
 * Checks and infers as strictly as onnx can. Prints what it infers for the outputs after their declared shapes have
 * been removed.
 */
const INSPECT = `
import json, sys
import onnx

found = []
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    found.append({
        "opset": [(o.domain, o.version) for o in model.opset_import],
        "inputs": {v.name: [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim] for v in model.graph.input},
        "outputs": {v.name: [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim] for v in inferred.graph.output},
        "untyped": [name for node in inferred.graph.node for name in node.output
                    if name not in {v.name for v in [*inferred.graph.value_info, *inferred.graph.output]}],
    })
print(json.dumps(found))
`;

interface Inspected {
  readonly opset: readonly (readonly [string, number])[];
  readonly inputs: Readonly<Record<string, readonly (string | number)[]>>;
  readonly outputs: Readonly<Record<string, readonly (string | number)[]>>;
  readonly untyped: readonly string[];
}

function inspect(paths: readonly string[]): Inspected[] {
  const run = spawnSync(python ?? '', ['-B', '-c', INSPECT, ...paths], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout) as Inspected[];
}

describe.runIf(python !== undefined)('the ONNX models of programs, read by onnx', () => {
  let folder: string;
  let previous: ReturnType<typeof setWarningHandler>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-programs-'));
    previous = setWarningHandler(() => undefined);
    await setEngine('onnx', { threads: 1 });
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    setWarningHandler(previous);
    await setEngine('onnx', {});
  });

  it('are valid, of operator set 18, and of the shapes that they declare', async () => {
    const models = await Promise.all(
      enginePrograms().map(async (program) => decodeModel((await recorded(program)).model)),
    );
    const paths = models.map((_, index) => join(folder, `fixed-${index}.onnx`));
    await Promise.all(models.map((model, index) => writeOnnxFile(paths[index] as string, model)));
    for (const [index, { opset, inputs, outputs, untyped }] of inspect(paths).entries()) {
      const { graph } = models[index] as (typeof models)[number];
      expect(opset).toEqual([['', 18]]);
      expect(untyped).toEqual([]);
      expect(inputs).toEqual(Object.fromEntries(graph.inputs.map(({ name, dims }) => [name, dims])));
      expect(outputs).toEqual(Object.fromEntries(graph.outputs.map(({ name, dims }) => [name, dims])));
    }
  });

  it('are valid with named dimensions, which they keep', async () => {
    const programs = enginePrograms().filter(({ dimensions }) => dimensions.length > 0);
    const models = await Promise.all(
      programs.map(async (program) => decodeModel((await recorded(program, program.dimensions)).model)),
    );
    const paths = models.map((_, index) => join(folder, `named-${index}.onnx`));
    await Promise.all(models.map((model, index) => writeOnnxFile(paths[index] as string, model)));
    for (const [index, { opset, inputs, untyped }] of inspect(paths).entries()) {
      const { graph } = models[index] as (typeof models)[number];
      expect(opset).toEqual([['', 18]]);
      expect(untyped).toEqual([]);
      expect(inputs).toEqual(Object.fromEntries(graph.inputs.map(({ name, dims }) => [name, dims])));
      const names = programs[index]?.dimensions.flat().filter((name) => name !== null) ?? [];
      expect(Object.values(inputs).flat()).toEqual(expect.arrayContaining(names));
    }
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { atOpset } from '../../export/opset.js';
import { findReferencePython } from '../../python/environment.js';
import { exportedRoutes } from '../../testing/exported-routes.js';
import { writeOnnxFile } from '../write.js';
import { quantizeDynamic } from './quantize-dynamic.js';
import { toFloat16 } from './to-float16.js';

const python = findReferencePython();

/** Checks and infers as strictly as onnx can, and prints the types of weights and outputs. */
const CHECK = `
import json, sys
import onnx
from onnx import TensorProto
found = []
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    name = lambda code: TensorProto.DataType.Name(code)
    found.append([sorted({name(t.data_type) for t in model.graph.initializer if len(t.dims) == 2 and t.dims[0] > 1}),
                  [name(o.type.tensor_type.elem_type) for o in model.graph.output]])
print(json.dumps(found))
`;

describe.runIf(python !== undefined)('models of lower precision in onnx', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-precision-'));
    await setEngine('onnx');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['splade-bert', 'splade-roberta', 'splade-modernbert', 'csr'])('%s', async (name) => {
    const [found] = await exportedRoutes(name, 'dense');
    if (found === undefined) throw new Error(`${name} has no route`);
    const { model } = found.route;
    const made = {
      half: toFloat16(model),
      wide: toFloat16(model, { floatOutputs: true }),
      int8: quantizeDynamic(model),
      'half 17': atOpset(toFloat16(model), 17),
      'int8 17': atOpset(quantizeDynamic(model), 17),
      'int8 23': atOpset(quantizeDynamic(model), 23),
    };
    const paths = Object.keys(made).map((each) => join(folder, `${name} ${each}.onnx`));
    await Promise.all(Object.values(made).map((each, at) => writeOnnxFile(paths[at] as string, each)));
    const run = spawnSync(python ?? '', ['-B', '-c', CHECK, ...paths], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const types = JSON.parse(run.stdout) as [string[], string[]][];
    expect(types.map(([, outputs]) => outputs)).toEqual(
      ['FLOAT16', 'FLOAT', 'FLOAT', 'FLOAT16', 'FLOAT', 'FLOAT'].map((type) => [type]),
    );
    const [half, , int8] = types.map(([matrices]) => matrices);
    expect(half).toContain('FLOAT16');
    expect(half).not.toContain('FLOAT');
    expect(int8).toContain('INT8');
  });
});

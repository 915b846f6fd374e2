import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findReferencePython } from '../python/environment.js';
import { NUMERIC_TYPES, modelOf, tensorOf, weight } from '../testing/onnx-models.js';
import type { Initializer, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from './model.js';
import { readOnnxFile } from './read.js';
import { writeOnnxFile } from './write.js';

const python = findReferencePython();

/** One side's description of a tensor; equal for equal tensors. */
interface Fingerprint {
  name: string;
  type: string;
  dims: number[];
  sha1: string;
}

const PRELUDE = `
import hashlib, json, os, sys
import numpy, onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {"FLOAT": "float32", "DOUBLE": "float64"}

def fingerprint(tensor, folder=""):
    elements = numpy_helper.to_array(tensor, folder)
    name = TensorProto.DataType.Name(tensor.data_type)
    return {"name": tensor.name, "type": TYPES.get(name, name.lower()), "dims": list(tensor.dims),
            "sha1": hashlib.sha1(elements.tobytes()).hexdigest()}
`;

/** Checks and infers as strictly as onnx can, and prints the contents of each file. */
const INSPECT = `${PRELUDE}
found = []
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    found.append({
        "tensors": [fingerprint(tensor) for tensor in model.graph.initializer],
        "attributes": [helper.printable_attribute(a) for n in model.graph.node for a in n.attribute if not a.HasField("g")],
        "inferred": {v.name: [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim]
                     for v in inferred.graph.value_info},
        "imports": {o.domain: o.version for o in model.opset_import},
        "metadata": {p.key: p.value for p in model.metadata_props},
        "producer": [model.producer_name, model.producer_version, model.ir_version],
    })
print(json.dumps(found))
`;

/** Writes the same tensors in every form that onnx has. */
const WRITE = `${PRELUDE}
folder = sys.argv[1]
tensors = []
generator = numpy.random.default_rng(5)
for name in sys.argv[2].split(","):
    code = getattr(TensorProto, {"float32": "FLOAT", "float64": "DOUBLE"}.get(name, name.upper()))
    dtype = helper.tensor_dtype_to_np_dtype(code)
    elements = generator.integers(0, 2 if name == "bool" else 100, (7, 60)).astype(dtype)
    tensors.append(helper.make_tensor("listed " + name, code, (7, 60), elements.flatten()))
    tensors.append(helper.make_tensor("raw " + name, code, (7, 60), elements.tobytes(), raw=True))
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [7, 60])
graph = helper.make_graph([helper.make_node("Identity", ["listed float32"], ["y"])], "graph", [], [y], tensors)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
onnx.save(model, os.path.join(folder, "plain.onnx"))
print(json.dumps([fingerprint(tensor) for tensor in tensors]))
onnx.save(model, os.path.join(folder, "external.onnx"), save_as_external_data=True, location="weights/all",
          size_threshold=0)
`;

function runPython(code: string, ...args: string[]): unknown {
  const run = spawnSync(python ?? '', ['-B', '-c', code, ...args], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout);
}

function fingerprint({ name, tensor: { type, dims, data } }: Initializer): Fingerprint {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, type, dims: [...dims], sha1: createHash('sha1').update(bytes).digest('hex') };
}

const scalar = (data: Float32Array | BigInt64Array): OnnxTensor => ({
  type: data instanceof Float32Array ? 'float32' : 'int64',
  dims: [data.length],
  data,
});

/** Every element type, every kind of attribute, a subgraph with its own weight, a second domain. */
function computingModel(): OnnxModel {
  const examples = NUMERIC_TYPES.map((type) => {
    const [tensor] = fc.sample(tensorOf(type, 20), { numRuns: 1, seed: 7 });
    if (tensor === undefined) throw new Error('fast-check sampled nothing');
    return { name: `a ${type}`, tensor };
  });
  const branch = (name: string): OnnxGraph => ({
    name,
    nodes: [{ op: 'Mul', inputs: ['hidden', `${name} factor`], outputs: [`${name} result`], attributes: {} }],
    inputs: [],
    outputs: [{ name: `${name} result`, type: 'float32', dims: [], unknown: 'type' }],
    initializers: [{ name: `${name} factor`, tensor: scalar(Float32Array.of(2)) }],
  });
  const nodes: OnnxNode[] = [
    {
      op: 'Gemm',
      name: 'product',
      inputs: ['x', 'weight', 'bias'],
      outputs: ['hidden'],
      attributes: { alpha: { float: 0.25 }, transB: { int: 1 } },
    },
    {
      op: 'If',
      inputs: ['condition'],
      outputs: ['chosen'],
      attributes: { then_branch: { graph: branch('then') }, else_branch: { graph: branch('else') } },
    },
    {
      op: 'Constant',
      inputs: [],
      outputs: ['axes'],
      attributes: { value: { tensor: scalar(BigInt64Array.of(1n)) } },
    },
    {
      op: 'Constant',
      inputs: [],
      outputs: ['scales'],
      attributes: { value_floats: { floats: [0.5, 0.25] } },
    },
    {
      op: 'Einsum',
      inputs: ['hidden'],
      outputs: ['turned'],
      attributes: { equation: { string: 'ij->ji' } },
    },
    { op: 'Transpose', inputs: ['turned'], outputs: ['back'], attributes: { perm: { ints: [1, 0] } } },
    {
      op: 'ReduceMax',
      inputs: ['chosen', 'axes'],
      outputs: ['largest'],
      attributes: { keepdims: { int: 0 } },
    },
    { op: 'Gelu', domain: 'com.microsoft', inputs: ['largest'], outputs: ['y'], attributes: {} },
  ];
  const matrix = new Float32Array(700 * 3).map((_, index) => Math.cos(index));
  return {
    ...modelOf(
      [
        { name: 'weight', tensor: { type: 'float32', dims: [700, 3], data: matrix } },
        weight('bias', 700),
        ...examples,
      ],
      {
        nodes,
        inputs: [
          { name: 'x', type: 'float32', dims: ['batch', 3] },
          { name: 'condition', type: 'bool', dims: [] },
        ],
        outputs: [{ name: 'y', type: 'float32', dims: ['batch'] }],
      },
    ),
    producerVersion: '1.2.3',
    metadata: { pooling: 'max', ünïcode: '…' },
  };
}

describe.runIf(python !== undefined)('ONNX files between TypeScript and Python', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-onnx-'));
    mkdirSync(join(folder, 'weights'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('onnx accepts what was written, with and without external data, and finds the same in it', async () => {
    const model = computingModel();
    const paths = [join(folder, 'one-file.onnx'), join(folder, 'two-files.onnx')] as const;
    await writeOnnxFile(paths[0], model);
    await writeOnnxFile(paths[1], model, { externalDataThreshold: 0 });

    const expected = {
      tensors: model.graph.initializers.map(fingerprint),
      attributes: [
        'alpha = 0.25',
        'transB = 1',
        'value = <Tensor>',
        'value_floats = [0.5, 0.25]',
        "equation = 'ij->ji'",
        'perm = [1, 0]',
        'keepdims = 0',
      ],
      inferred: {
        hidden: ['batch', 700],
        chosen: ['batch', 700],
        axes: [1],
        scales: [2],
        turned: [700, 'batch'],
        back: ['batch', 700],
        largest: ['batch'],
      },
      imports: { '': 18, 'com.microsoft': 1 },
      metadata: { pooling: 'max', ünïcode: '…' },
      producer: ['sparse-encoder', '1.2.3', 10],
    };
    expect(runPython(INSPECT, ...paths)).toEqual([expected, expected]);
  });

  it('what onnx wrote is read with the same elements, whether listed, raw or external', () => {
    const written = runPython(WRITE, folder, NUMERIC_TYPES.join(','));
    for (const name of ['plain.onnx', 'external.onnx']) {
      const { graph } = readOnnxFile(join(folder, name));
      expect(graph.initializers.map(fingerprint)).toEqual(written);
    }
  });
});

// A process of its own: opens a model, encodes one text, prints the sum of its weights.
const [index, model, text, threads] = process.argv.slice(2);
const { setEngine, SparseEncoder } = await import(index);
await setEngine('onnx', { threads: Number(threads) });
const encoder = await SparseEncoder.load(model);
const { values } = await encoder.encode(text);
process.stdout.write(String(values.reduce((sum, value) => sum + value, 0)));

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Native and large packages that the import of a file loads. */
function loadedBy(file: string): unknown {
  const code = `await import(${JSON.stringify(new URL(file, import.meta.url).href)});
    const { createRequire } = await import('node:module');
    const files = Object.keys(createRequire(process.cwd() + '/').cache).join('\\n');
    const names = files.match(/@tensorflow|onnxruntime|tokenizers|protobuf/g) ?? [];
    console.log(JSON.stringify([...new Set(names)]));`;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

it('loads neither tfjs nor ONNX Runtime nor a tokenizer', () => {
  expect(loadedBy('./public.ts')).toEqual([]);
});

it('would notice tfjs', () => {
  expect(loadedBy('./tensor.ts')).toContain('@tensorflow');
});

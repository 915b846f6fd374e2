import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { builtProgram } from '../testing/built-programs.js';

test('a model that is prepared for training has tfjs give no advice on other packages', () => {
  const script = `
    import { setWarningHandler, SparseEncoder } from ${JSON.stringify(pathToFileURL(builtProgram('src/index')).href)};
    setWarningHandler(() => undefined);
    const model = await SparseEncoder.load('../fixtures/models/csr');
    const features = await model.preprocess(['a dog']);
    model.forward(features);
    console.log('done');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['done\n', '']);
});

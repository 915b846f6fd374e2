// @module-tag slow
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { builtProgram } from '../testing/built-programs.js';
import { encoderOf, exported } from '../testing/exports.js';
import { withFaults } from '../testing/files/faulty-file-system.js';
import { contents } from '../testing/files/small-folder.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';
import type { Certificate } from './certificate.js';
import { exportOnnx } from './export-onnx.js';
import { VerificationError } from './verification-error.js';
import { verifyOnnx } from './verification/verify-onnx.js';

vi.mock(import('./verification/verify-onnx.js'), { spy: true });

const verification = vi.mocked(verifyOnnx);

/** Makes the next verification return this result. */
function findingNext(certificate: Certificate): void {
  verification.mockResolvedValueOnce(certificate);
}

async function failed(): Promise<Certificate> {
  const { certificate } = await exported('splade-bert');
  const files = certificate.files.map((file) => ({ ...file, failures: ['the weights differ'] }));
  return { ...certificate, verdict: 'failed', files };
}

const target = (): string => join(temporaryFolder(), 'exported');

const neighbours = (path: string): string[] => readdirSync(dirname(path));

const FILES = ['certificate.json', 'modules.json', 'onnx/model.onnx', 'README.md', 'tokenizer.json'];

describe('files that fail their verification', () => {
  it('are kept under another name, with everything else', async () => {
    const output = target();
    const certificate = await failed();
    for (const end of ['', '/']) {
      findingNext(certificate);
      const error: unknown = await exportOnnx(await encoderOf('splade-bert'), {
        output: `${output}${end}`,
      }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(VerificationError);
      expect(error).toMatchObject({
        certificate,
        message: `the files do not compute the same as the encoder; the refused files are kept in ${output}.refused:\nonnx/model.onnx: the weights differ`,
      });
      expect(neighbours(output)).toEqual(['exported.refused']);
      for (const name of FILES) expect(existsSync(join(`${output}.refused`, name)), name).toBe(true);
    }
    const written: unknown = JSON.parse(readFileSync(join(`${output}.refused`, 'certificate.json'), 'utf8'));
    expect(written).toEqual(certificate);
    expect(readFileSync(join(`${output}.refused`, 'README.md'), 'utf8')).toContain('| failed |');
  });

  it('leave what was to be replaced as it is', async () => {
    const output = target();
    mkdirSync(join(output, 'onnx'), { recursive: true });
    findingNext(await failed());
    const exporting = exportOnnx(await encoderOf('splade-bert'), { output, force: true });
    await expect(exporting).rejects.toThrow(VerificationError);
    expect(contents(output)).toEqual({});
    expect(neighbours(output)).toEqual(['exported', 'exported.refused']);
  });

  it('end the command with exit code 1', async () => {
    const output = target();
    findingNext(await failed());
    const { code, stderr, stdout } = await runHere([
      'export',
      modelFixture('splade-bert'),
      '--output',
      output,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`kept in ${output}.refused:\nonnx/model.onnx: the weights differ\n`);
    expect(stdout).toBe('');
    expect(neighbours(output)).toEqual(['exported.refused']);
  });
});

describe('an export that is interrupted', () => {
  /** The operations of an undisturbed export, in order. */
  async function operations(): Promise<string[]> {
    const names: string[] = [];
    findingNext((await exported('splade-bert')).certificate);
    const encoder = await encoderOf('splade-bert');
    await withFaults(
      (operation) => names.push(operation),
      () => exportOnnx(encoder, { output: target() }),
    );
    return names;
  }

  it('leaves nothing, whichever operation fails', async () => {
    const { certificate } = await exported('splade-bert');
    const encoder = await encoderOf('splade-bert');
    const all = await operations();
    // The rename that gives the folder its name; after it only the name is made durable.
    const naming = all.lastIndexOf('rename');
    for (let index = 0; index <= naming; index++) {
      const output = target();
      findingNext(certificate);
      const fault = new Error(`${all[index]} ${index}`);
      const exporting = withFaults(
        (_, count) => {
          if (count === index) throw fault;
        },
        () => exportOnnx(encoder, { output }),
      );
      await expect(exporting).rejects.toBe(fault);
      expect(neighbours(output), fault.message).toEqual([]);
      verification.mockReset();
    }
  });

  it('is an exit code 3 where the disk is full', async () => {
    const all = await operations();
    const writes = all.flatMap((name, index) => (name === 'write' ? [index] : []));
    for (const at of [writes[0], writes.at(-1)]) {
      const output = target();
      findingNext((await exported('splade-bert')).certificate);
      const { code, stderr } = await withFaults(
        (_, count) => {
          if (count === at) {
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          }
        },
        () => runHere(['export', modelFixture('splade-bert'), '--output', output]),
      );
      expect(code).toBe(3);
      expect(stderr).toMatch(/^(?:\S+ cannot be written: )?ENOSPC: no space left on device, write\n$/);
      expect(neighbours(output)).toEqual([]);
      verification.mockReset();
    }
  });

  it('leaves nothing that looks complete where the process is killed', async () => {
    const program = builtProgram('src/testing/files/export-and-die');
    const all = await operations();
    for (const index of [all.indexOf('write') + 1, all.lastIndexOf('rename')]) {
      const output = target();
      const child = spawn(process.execPath, [program, modelFixture('splade-bert'), output, String(index)], {
        stdio: 'ignore',
      });
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      expect(existsSync(output)).toBe(false);
      expect(neighbours(output)).toEqual([
        expect.stringMatching(/^\.exported\.[0-9a-f]{8}-\d+-\d+-\d+-[0-9a-f]{8}\.writing$/),
      ]);
      await expect(SparseEncoder.load(output)).rejects.toThrow('there is no folder');
      findingNext((await exported('splade-bert')).certificate);
      await exportOnnx(await encoderOf('splade-bert'), { output });
      for (const name of FILES) expect(existsSync(join(output, name)), name).toBe(true);
    }
  });
});

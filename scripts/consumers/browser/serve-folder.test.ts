import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../src/testing/files/temporary-folder.js';
import { serveFolder } from './serve-folder.js';

async function served(): Promise<string> {
  const outside = temporaryFolder();
  const folder = join(outside, 'site');
  mkdirSync(folder);
  writeFileSync(join(outside, 'secret.txt'), 'outside');
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'model.wasm'), 'wasm');
  const server = await serveFolder(folder);
  onTestFinished(() => server.stop());
  return server.url;
}

it('gives the files of the folder, isolated, so that a page has threads', async () => {
  const url = await served();
  const page = await fetch(url);
  expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
  expect(page.headers.get('Cross-Origin-Embedder-Policy')).toBe('require-corp');
  expect(await page.text()).toBe('<!doctype html>');
  const file = await fetch(`${url}model.wasm`);
  expect(file.headers.get('Content-Type')).toBe('application/wasm');
  expect(file.headers.get('Content-Length')).toBe('4');
});

it('says that a port is taken', async () => {
  const port = Number(new URL(await served()).port);
  await expect(serveFolder(temporaryFolder(), port)).rejects.toThrow(
    `port ${port} is taken; choose another, or 0 for a free one`,
  );
});

it.each(['missing.js', '..%2Fsecret.txt', '%2e%2e/secret.txt', '%00', '%'])('has no %s', async (path) => {
  const response = await fetch(`${await served()}${path}`);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('There is no such file.\n');
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { buildSite } from './browser/build-site.js';
import { serveFolder } from './browser/serve-folder.js';
import type { Backend } from './browser/site.js';
import { launchChromium } from './chromium.js';
import type { Consumer, Outcome, Trial } from './consumer.js';
import { EVERY_FORMAT } from './consumer.js';

const LIMIT_MS = 600_000;

const loaded = z.object({ version: z.string(), milliseconds: z.number() });
const embedded = z.array(
  z.object({
    indices: z.array(z.number()),
    values: z.array(z.number()),
    ids: z.array(z.number()),
    milliseconds: z.number(),
  }),
);

export const onnxruntimeWeb = inBrowser('wasm', 'the page of `npm run build:page` in Chromium, WebAssembly');
export const onnxruntimeWebGpu = inBrowser(
  'webgpu',
  'the same page with WebGPU (in software, without a GPU)',
);

function inBrowser(backend: Backend, summary: string): Consumer {
  return { summary, formats: EVERY_FORMAT, tasks: true, run: async (trial) => await run(backend, trial) };
}

async function run(backend: Backend, { graph, texts, chromium, screenshot }: Trial): Promise<Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), 'sparse-encoder-page-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', removeScratch);
  let browser: Browser | undefined;
  try {
    browser = await launchChromium(chromium);
    await buildSite(graph.folder, scratch);
    const server = await serveFolder(scratch);
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 860 } });
      page.setDefaultTimeout(LIMIT_MS);
      await page.goto(`${server.url}?backend=${backend}&task=${graph.task ?? ''}`);
      const outcome = await embedIn(page, texts);
      await checkTyping(page, texts[0] ?? '', outcome.embeddings[0]?.values ?? []);
      if (screenshot !== undefined) await page.screenshot({ path: join(screenshot, `page-${backend}.png`) });
      return { ...outcome, version: `${outcome.version}, Chromium ${browser.version()}` };
    } finally {
      server.stop();
    }
  } finally {
    await browser?.close();
    removeScratch();
    process.off('exit', removeScratch);
  }
}

async function embedIn(page: Page, texts: readonly string[]): Promise<Outcome> {
  // What the page offers to programs that drive it. In its own language: this one knows no page.
  await page.waitForFunction('globalThis.sparseEncoder !== undefined');
  const { version, milliseconds } = loaded.parse(await page.evaluate('sparseEncoder.loaded()'));
  const rows = embedded.parse(await page.evaluate(`sparseEncoder.embed(${JSON.stringify(texts)})`));
  return {
    version,
    loadSeconds: milliseconds / 1000,
    encodeSeconds: rows.reduce((sum, row) => sum + row.milliseconds, 0) / 1000,
    embeddings: rows.map(({ indices, values }) => ({ indices, values })),
    ids: rows.map(({ ids }) => ids),
  };
}

/** Types a text as a person does and reads what the page shows. */
async function checkTyping(page: Page, text: string, values: readonly number[]): Promise<void> {
  await page.getByLabel('Text', { exact: true }).fill('');
  await page.getByLabel('Text', { exact: true }).pressSequentially(text, { delay: 20 });
  const expected = values
    .toSorted((a, b) => b - a)
    .map((weight) => weight.toFixed(3))
    .slice(0, await page.getByLabel('Terms shown').inputValue().then(Number));
  await page
    .getByRole('cell', { name: expected[0] ?? '' })
    .first()
    .waitFor();
  const shown = await page.locator('#terms tbody .number').allTextContents();
  if (shown.join() !== expected.join()) {
    throw new Error(
      `the page shows the weights ${shown.join(', ')} for ${JSON.stringify(text)}; expected ${expected.join(', ')}`,
    );
  }
}

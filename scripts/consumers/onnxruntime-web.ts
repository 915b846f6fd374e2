import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { buildSite } from './browser/build-site.js';
import { serveFolder } from './browser/serve-folder.js';
import type { Backend } from './browser/site.js';
import { launchChromium } from './chromium.js';
import type { Consumer, Outcome, Trial } from './consumer.js';
import { EVERY_FORMAT } from './consumer.js';

/** Time limit for a text, or for loading, on a busy machine without a graphics card. */
const LIMIT_MS = 300_000;

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
  'the same page with WebGPU, which takes minutes without a graphics card',
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
    // Inside, so that temporary files beside it are removed as well.
    const site = join(scratch, 'site');
    await buildSite(graph.folder, site);
    const server = await serveFolder(site);
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 860 } });
      page.setDefaultTimeout(LIMIT_MS);
      await page.goto(`${server.url}?backend=${backend}&task=${graph.task ?? ''}`);
      const outcome = await embedIn(page, texts);
      const [first = 0] = outcome.embeddings.flatMap(({ values }, text) => (values.length > 0 ? [text] : []));
      await checkTyping(page, texts[first] ?? '', outcome.embeddings[first]?.values ?? []);
      if (screenshot !== undefined) {
        const name = [basename(graph.folder), graph.task, backend]
          .filter((part) => part !== undefined)
          .join('-');
        await page.screenshot({ path: join(screenshot, `${name}.png`) });
      }
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
  // The page's interface for programs, as text, since this code has no types of a page.
  await page.waitForFunction('globalThis.sparseEncoder !== undefined');
  const { version, milliseconds } = loaded.parse(await answerOf(page, 'sparseEncoder.loaded()'));
  const rows: z.infer<typeof embedded> = [];
  for (const text of texts) {
    const answer = await answerOf(page, `sparseEncoder.embed(${JSON.stringify([text])})`);
    rows.push(...embedded.parse(answer));
  }
  return {
    version,
    loadSeconds: milliseconds / 1000,
    encodeSeconds: rows.reduce((sum, row) => sum + row.milliseconds, 0) / 1000,
    embeddings: rows.map(({ indices, values }) => ({ indices, values })),
    ids: rows.map(({ ids }) => ids),
  };
}

/** A runtime that has failed may never answer. The message of the page then counts as the answer. */
async function answerOf(page: Page, call: string): Promise<unknown> {
  const answer = page.evaluate(call);
  const failure = page.locator('#status.failed').waitFor({ timeout: LIMIT_MS });
  const word = failure.then(
    () => 'fails',
    () => `does not answer within ${LIMIT_MS / 1000} s`,
  );
  const said = word.then(async (how) => {
    throw new Error(`the page ${how}; it says: ${await page.locator('#status').textContent()}`);
  });
  // The page may be closed while a request is pending.
  for (const each of [answer, said]) each.catch(() => undefined);
  return await Promise.race([answer, said]);
}

/** Types a text as a person does and waits for its weights on the page. */
async function checkTyping(page: Page, text: string, values: readonly number[]): Promise<void> {
  const field = page.getByLabel('Text', { exact: true });
  await field.fill('');
  await field.pressSequentially(text, { delay: 20 });
  const count = Number(await page.getByLabel('Terms shown').inputValue());
  const weights = values.toSorted((a, b) => b - a).slice(0, count);
  const expected = weights.map((weight) => weight.toFixed(3)).join();
  const shown = `Array.from(document.querySelectorAll('#terms tbody .number'), (cell) => cell.textContent).join()`;
  await page.waitForFunction(`${shown} === ${JSON.stringify(expected)}`).catch(async (cause: unknown) => {
    const found = String(await page.evaluate(shown));
    throw new Error(`the page shows the weights ${found} for ${JSON.stringify(text)}; expected ${expected}`, {
      cause,
    });
  });
}

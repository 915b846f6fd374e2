import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { ConsumerUnavailableError } from './errors.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** WebGPU without a graphics card: Chromium includes a driver that computes on the processor. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * Chromium without a window.
 *
 * @param path the path of Chromium. Default: the first one on PATH
 * @throws ConsumerUnavailableError
 */
export async function launchChromium(path: string | undefined): Promise<Browser> {
  const executablePath = path ?? findChromium();
  if (executablePath === undefined) {
    throw new ConsumerUnavailableError(
      `no Chromium: none of ${NAMES.join(', ')} is on PATH; install one (on Debian: apt install chromium) or name one with --chromium`,
    );
  }
  try {
    return await chromium.launch({ executablePath, args: WEBGPU });
  } catch (cause) {
    const [why = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new ConsumerUnavailableError(`${executablePath} does not start as Chromium does: ${why}`, {
      cause,
    });
  }
}

/** The first Chromium that PATH has. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

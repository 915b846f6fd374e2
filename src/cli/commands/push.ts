import type { PushOptions } from '../../encoder/hub/push-options.js';
import { pushFolder } from '../../encoder/hub/push.js';
import { withPercent } from '../../progress.js';

export interface PushCommandOptions extends Omit<PushOptions, 'token' | 'onProgress' | 'signal'> {
  readonly json?: boolean;
}

/** `sparse-encoder push`: uploads the folder of a model, and prints the address of the commit. */
export async function pushCommand(
  folder: string,
  repository: string,
  { json, ...options }: PushCommandOptions,
): Promise<void> {
  const url = await withPercent((onProgress) =>
    pushFolder(folder, repository, { ...options, onProgress: (done) => onProgress('uploading', done) }),
  );
  process.stdout.write(json === true ? `${JSON.stringify({ url }, null, 2)}\n` : `${url}\n`);
}

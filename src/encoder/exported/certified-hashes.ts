import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../files/json/read-json-file.js';
import { warn } from '../../warnings.js';

const certificate = z.looseObject({
  files: z.array(z.looseObject({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/**
 * SHA-256 of each exported file by its path in the folder, as certificate.json states it. Without a certificate it
 * warns and returns undefined: every export writes one.
 *
 * @throws ModelFileError if the certificate does not contain the hashes
 */
export function certifiedHashes(folder: string): ReadonlyMap<string, string> | undefined {
  const path = join(folder, 'certificate.json');
  if (!existsSync(path)) {
    warn(
      `${folder} is an exported model without certificate.json, so its files may differ from the verified ones`,
      `certificate of ${folder}`,
    );
    return undefined;
  }
  const { files } = readJsonFile(path, certificate);
  return new Map(files.map(({ path: file, sha256 }) => [file, sha256]));
}

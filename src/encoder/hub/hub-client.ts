import { z } from 'zod';
import { preview } from '../../files/preview.js';
import { hubAddress, hubToken } from './hub-address.js';
import { type HubAccess, type HubAnswer, readJson, withAnswer } from './hub-request.js';
import { checkPath, type HubFile, sha1, sha256, size } from './listing.js';

/** A model on the hub. */
export interface HubClient {
  /** The present commit of a branch or tag. */
  commit(revision: string): Promise<string>;
  files(commit: string): Promise<HubFile[]>;
  /** Passes the content of a file to `use` as it arrives. */
  content(
    path: string,
    commit: string,
    use: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void>;
}

/** The longest JSON answer. 1,000 files of a listing take 300 kB. */
const MOST_BYTES = 32 * 2 ** 20;
/** The largest models have a few hundred. */
const MOST_FILES = 100_000;
const MOST_PAGES = 1_000;

const modelInfo = z.object({ sha: sha1 });
const listedEntry = z.looseObject({ type: z.string() });
const listedFile = z.object({
  path: z.string(),
  size,
  oid: sha1,
  lfs: z.object({ oid: sha256, size }).nullish(),
  xetHash: sha256.nullish(),
});

/** @throws Error that says what the hub sent, and what was expected */
export function connectToHub(id: string, access: Omit<HubAccess, 'hub'>): HubClient {
  const hub = hubAddress();
  const token = hubToken(access.token);
  const asked: HubAccess = { ...access, hub, ...(token !== undefined && { token }) };
  return {
    commit: async (revision) => {
      const address = `${hub}/api/models/${id}/revision/${encodeURIComponent(revision)}?expand=sha`;
      const info = await withAnswer(address, asked, (answer) => readJson(answer, MOST_BYTES));
      return expected(modelInfo, info, 'a model').sha;
    },
    files: async (commit) => {
      const found: HubFile[] = [];
      let address: string | undefined = `${hub}/api/models/${id}/tree/${commit}?recursive=true&expand=false`;
      for (let pages = 0; address !== undefined; pages++) {
        if (found.length > MOST_FILES || pages > MOST_PAGES) {
          throw new Error(
            `the hub lists more than ${MOST_FILES} files, or more than ${MOST_PAGES} pages of them`,
          );
        }
        const page: Page = await withAnswer(address, asked, (answer) => readPage(answer, hub));
        found.push(...page.files);
        address = page.next;
      }
      return found;
    },
    content: async (path, commit, use) => {
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      await withAnswer(`${hub}/${id}/resolve/${commit}/${encoded}`, asked, ({ bytes }) => use(bytes));
    },
  };
}

interface Page {
  readonly files: readonly HubFile[];
  /** The address of the next page. */
  readonly next: string | undefined;
}

async function readPage(answer: HubAnswer, hub: string): Promise<Page> {
  return { files: filesOf(await readJson(answer, MOST_BYTES)), next: nextPage(answer.headers, hub) };
}

function filesOf(page: unknown): HubFile[] {
  return expected(z.array(listedEntry), page, 'a list of files').flatMap((entry) => {
    if (entry.type !== 'file') return [];
    const { path, size: bytes, oid, lfs, xetHash } = expected(listedFile, entry, 'a file');
    checkPath(path);
    return {
      path,
      size: lfs?.size ?? bytes,
      blobId: oid,
      ...(lfs && { sha256: lfs.oid }),
      ...(xetHash && { xetHash }),
    };
  });
}

/** Pages on another host are not requested. */
function nextPage(headers: Headers, hub: string): string | undefined {
  const [, link] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '') ?? [];
  if (link === undefined) return undefined;
  const { origin } = new URL(hub);
  const next = URL.canParse(link, hub) ? new URL(link, hub) : undefined;
  if (next?.origin === origin) return next.href;
  throw new Error(`the hub's list of files goes on at ${preview(link)}; expected an address at ${origin}`);
}

/** Data from the hub becomes part of paths, so its form is checked first. */
function expected<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path = [], message = '' } = parsed.error.issues[0] ?? {};
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], json);
  const place = path.length === 0 ? what : `"${path.map(String).join('.')}" of ${what}`;
  throw new Error(`the hub gives ${preview(value)} as ${place}: ${message}`);
}

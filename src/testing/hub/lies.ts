import { gzipSync } from 'node:zlib';
import { type Answer, entries, type Entry, type Question } from './lying-hub.js';

/** Wrong behaviour of a hub, and the error that loading must raise; undefined if loading succeeds. */
export interface Lie {
  readonly name: string;
  readonly answer: Answer;
  readonly refusal: RegExp | undefined;
  /** Whether the case takes longer than a moment. */
  readonly isSlow?: boolean;
}

const MUCH = 2 ** 30;
const BLOCK = Buffer.alloc(2 ** 16, ' ');
const ABOVE = '../../../../victim';

const about =
  (kind: Question['kind'], answer: (question: Question) => void, path = ''): Answer =>
  (question) => {
    if (question.kind !== kind || (path !== '' && question.path !== path)) return false;
    answer(question);
    return true;
  };
const aboutWeights = (answer: (question: Question) => void): Answer =>
  about('content', answer, 'model.safetensors');

const sending =
  (bytes: string | Buffer, headers: Record<string, string> = {}) =>
  ({ response }: Question): void =>
    void response.writeHead(200, headers).end(bytes);
const sendingCommit = (sha: unknown): Answer => about('commit', sending(JSON.stringify({ sha })));
/** Changes one entry in the list of files. */
const listing = (path: string, change: Entry): Answer =>
  about(
    'files',
    sending(
      JSON.stringify(entries().map((entry) => (entry['path'] === path ? { ...entry, ...change } : entry))),
    ),
  );
const leading =
  (location: string) =>
  ({ response }: Question): void =>
    void response.writeHead(302, { location }).end();
const forEver = ({ response }: Question): void => {
  response.writeHead(200);
  let sent = 0;
  const more = (): void => {
    while (!response.destroyed && sent < MUCH) {
      sent += BLOCK.length;
      if (!response.write(BLOCK)) return void response.once('drain', more);
    }
  };
  more();
};
const dripping = ({ response }: Question): void => {
  response.writeHead(200);
  const timer = setInterval(() => void (response.destroyed ? clearInterval(timer) : response.write(' ')), 20);
};

/** Each hub answers everything else honestly. */
export const LIES: readonly Lie[] = [
  { name: 'nothing false', answer: () => false, refusal: undefined },
  {
    name: 'other weights of the same size',
    answer: aboutWeights(({ honest, response }) => response.end(honest.map((byte) => byte ^ 1))),
    refusal: /model\.safetensors is not the file that the hub lists: its hash is [0-9a-f]{64}; expected/,
  },
  {
    name: 'another small file of the same size',
    answer: about(
      'content',
      ({ honest, response }) => response.end(honest.map((byte) => byte ^ 1)),
      'config.json',
    ),
    refusal: /config\.json is not the file that the hub lists: its hash is [0-9a-f]{40}; expected/,
  },
  {
    name: 'a body that breaks off',
    answer: aboutWeights(({ honest, response }) => {
      response.writeHead(200, { 'content-length': honest.length });
      response.write(honest.subarray(0, 30_000), () => response.destroy());
    }),
    refusal: /the connection broke off \(.*\); try again/,
  },
  {
    name: 'a body that is shorter than listed',
    answer: aboutWeights(({ honest, response }) => response.end(honest.subarray(0, 30_000))),
    refusal: /model\.safetensors ended after 30000 of 50000 bytes; try again/,
  },
  {
    name: 'a body without an end',
    isSlow: true,
    answer: aboutWeights(forEver),
    refusal: /model\.safetensors is longer than the 50000 bytes that the hub lists/,
  },
  {
    name: 'a body that unpacks to a gigabyte',
    isSlow: true,
    answer: aboutWeights(sending(gzipSync(Buffer.alloc(2 ** 27)), { 'content-encoding': 'gzip' })),
    refusal: /model\.safetensors is longer than the 50000 bytes/,
  },
  {
    name: 'a list of files without an end',
    isSlow: true,
    answer: about('files', forEver),
    refusal: /the hub sent more than \d+ bytes; expected a shorter answer/,
  },
  {
    name: 'pages of files without an end',
    isSlow: true,
    answer: about('files', (question) =>
      sending('[]', { link: `<http://${question.request.headers.host}${question.request.url}>; rel="next"` })(
        question,
      ),
    ),
    refusal: /the hub lists more than \d+ files, or more than \d+ pages of them/,
  },
  {
    name: 'no answer',
    isSlow: true,
    answer: about('files', () => undefined),
    refusal: /sent nothing, or next to nothing/,
  },
  {
    name: 'a head without a body',
    isSlow: true,
    answer: aboutWeights(({ response }) => response.writeHead(200).flushHeaders()),
    refusal: /sent nothing, or next to nothing/,
  },
  {
    name: 'half a body, then silence',
    isSlow: true,
    answer: aboutWeights(({ honest, response }) => response.writeHead(200).write(honest.subarray(0, 30_000))),
    refusal: /sent nothing, or next to nothing/,
  },
  {
    name: 'a byte now and then',
    isSlow: true,
    answer: aboutWeights(dripping),
    refusal: /sent nothing, or next to nothing/,
  },
  {
    name: 'redirects in a circle',
    answer: about('commit', (question) => leading(question.request.url ?? '')(question)),
    refusal: /leads from one address to another more than 10 times/,
  },
  {
    name: 'a redirect to a file',
    answer: about('commit', leading('file:///etc/passwd')),
    refusal: /the hub leads to "file:\/\/\/etc\/passwd"; expected an address with http/,
  },
  {
    name: 'a redirect to another host',
    answer: (question) => {
      leading(`${question.elsewhere}${question.request.url}`)(question);
      return true;
    },
    refusal: undefined,
  },
  {
    name: 'a list that goes on at another host',
    answer: about('files', (question) =>
      sending('[]', { link: `<${question.elsewhere}${question.request.url}>; rel="next"` })(question),
    ),
    refusal: /list of files goes on at "http:.*; expected an address at http/,
  },
  {
    name: 'a commit that is a path',
    answer: sendingCommit(ABOVE),
    refusal: /gives "\.\.\/.*victim" as "sha" of a model: expected 40 hexadecimal digits/,
  },
  { name: 'a commit that is a number', answer: sendingCommit(7), refusal: /gives 7 as "sha" of a model/ },
  {
    name: 'a name outside the folder',
    answer: listing('config.json', { path: `${ABOVE}/config.json` }),
    refusal: /names a file "\.\.\/.*"; expected a path inside the folder/,
  },
  {
    name: 'an absolute name',
    answer: listing('config.json', { path: '/tmp/victim.json' }),
    refusal: /names a file "\/tmp.*"; expected a path inside the folder/,
  },
  {
    name: 'a name with an escape sequence',
    answer: listing('config.json', { path: '\u001B[2Jconfig.json' }),
    refusal: /names a file "\\u001b\[2J/,
  },
  {
    name: 'a hash of git that is a path',
    answer: listing('config.json', { oid: ABOVE }),
    refusal: /gives "\.\..*" as "oid" of a file: expected 40 hexadecimal digits/,
  },
  {
    name: 'a hash of weights that is a path',
    answer: listing('model.safetensors', { lfs: { oid: ABOVE, size: 50_000 } }),
    refusal: /gives "\.\..*" as "lfs\.oid" of a file: expected 64 hexadecimal digits/,
  },
  {
    name: 'a size below zero',
    answer: listing('config.json', { size: -1 }),
    refusal: /gives -1 as "size" of a file/,
  },
  {
    name: 'a size beyond all numbers',
    answer: listing('config.json', { size: 1e300 }),
    refusal: /as "size" of a file/,
  },
  {
    name: 'a description of a gigabyte',
    answer: listing('modules.json', { size: 2 ** 30 }),
    refusal: /modules\.json has 1073741824 bytes; expected JSON of at most/,
  },
  {
    name: 'a page of a proxy in place of JSON',
    answer: about('commit', sending('<html>\u001B[2JLog in</html>')),
    refusal: /the hub sent "<html>\\u001b\[2JLog in<\/html>"; expected JSON/,
  },
  {
    name: 'an error of its own',
    answer: about('files', ({ response }) => response.writeHead(503, 'out of order').end('{"error": "x"}')),
    refusal: /the hub answers 503 "out of order"/,
  },
];

import { NOTHING, type Setting, type Trial } from './trial.js';

export interface Bundler extends Trial {
  /** Packages of the project, besides this package and tfjs. */
  readonly packages: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** The build command; its first word is a program for Node. */
  readonly build: readonly string[];
  /** The command to run afterwards, which encodes or starts a server that does. */
  readonly start: readonly string[];
  /** The path of the server that encodes. */
  readonly route?: string;
  readonly output: string;
}

const EXTERNAL: Setting = {
  shown: '--external:sparse-encoder',
  args: ['--external:sparse-encoder'],
};

const NEXT_FILES = {
  'app/layout.js':
    'export default function Layout({ children }) {\n  return <html><body>{children}</body></html>;\n}\n',
  'app/page.js': 'export default function Page() {\n  return <p>page</p>;\n}\n',
  'app/api/encode/route.js':
    "import { encode } from '../../../encode.js';\nexport const dynamic = 'force-dynamic';\n" +
    'export async function GET() {\n  return new Response(await encode(process.env.MODEL));\n}\n',
};

const next = (...options: string[]): Bundler => ({
  packages: ['next@16.4.6', 'react@19', 'react-dom@19'],
  files: NEXT_FILES,
  build: ['node_modules/next/dist/bin/next', 'build', ...options],
  start: ['node_modules/next/dist/bin/next', 'start', '--port', '0'],
  route: '/api/encode',
  output: '.next',
  setting: {
    shown: "serverExternalPackages: ['sparse-encoder']",
    files: { 'next.config.mjs': "export default { serverExternalPackages: ['sparse-encoder'] };\n" },
  },
  isPlainFine: false,
});

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  esbuild: {
    packages: ['esbuild@0.28.2'],
    build: [
      'node_modules/esbuild/bin/esbuild',
      'main.js',
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--outfile=out/main.js',
    ],
    start: ['out/main.js'],
    output: 'out',
    setting: EXTERNAL,
    isPlainFine: false,
  },
  vite: {
    packages: ['vite@8.4.0'],
    build: ['node_modules/vite/bin/vite.js', 'build', '--ssr', 'main.js', '--outDir', 'out'],
    start: ['out/main.js'],
    output: 'out',
    setting: NOTHING,
    isPlainFine: true,
  },
  next: next(),
  'next-webpack': next('--webpack'),
};

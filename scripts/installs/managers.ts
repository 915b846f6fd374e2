import { NOTHING, type Setting, type Trial } from './trial.js';

export interface Manager extends Trial {
  readonly tool: string;
  readonly version: string;
  /** The program in the tool's package. A name ending in `.js` or `.cjs` is run by Node. */
  readonly program: string;
  /** The command before the names of packages. */
  readonly install: readonly string[];
  /** Files that the project has with or without the setting. */
  readonly files?: Readonly<Record<string, string>>;
  /** The Node that the manager needs, if it is not the present one. */
  readonly node?: string;
  /** Arguments with which the manager starts a Node that finds packages outside of node_modules. */
  readonly encode?: readonly string[];
}

/** npm and Yarn 1 pass it to the install script of onnxruntime-node. */
const SKIP: Setting = {
  shown: '.npmrc: onnxruntime-node-install=skip',
  files: { '.npmrc': 'onnxruntime-node-install=skip\n' },
};

const npm = (version: string): Manager => ({
  tool: 'npm',
  version,
  program: 'bin/npm-cli.js',
  install: ['install', '--no-audit', '--no-fund'],
  setting: SKIP,
  isPlainFine: false,
});

const yarn = (linker: string): Manager => ({
  tool: '@yarnpkg/cli-dist',
  version: '4.18.1',
  program: 'bin/yarn.js',
  install: ['add'],
  files: { '.yarnrc.yml': `nodeLinker: ${linker}\n` },
  setting: NOTHING,
  isPlainFine: true,
});

export const MANAGERS: Readonly<Record<string, Manager>> = {
  npm10: npm('10.9.9'),
  npm11: npm('11.21.2'),
  npm12: { ...npm('12.2.2'), node: '24', setting: NOTHING, isPlainFine: true },
  pnpm10: {
    tool: 'pnpm',
    version: '10.34.9',
    program: 'bin/pnpm.cjs',
    install: ['add'],
    setting: NOTHING,
    isPlainFine: true,
  },
  pnpm12: {
    tool: 'pnpm',
    version: '12.21.0',
    program: 'pnpm',
    install: ['add'],
    setting: {
      shown: 'pnpm-workspace.yaml: allowBuilds',
      files: { 'pnpm-workspace.yaml': 'allowBuilds:\n  core-js: false\n  onnxruntime-node: false\n' },
    },
    isPlainFine: false,
  },
  yarn1: {
    tool: 'yarn',
    version: '1.22.22',
    program: 'bin/yarn.js',
    install: ['add'],
    setting: SKIP,
    isPlainFine: false,
  },
  yarn4: yarn('node-modules'),
  'yarn4-pnp': {
    ...yarn('pnp'),
    // Without node_modules, packages find only what they declare.
    setting: {
      shown: '.yarnrc.yml: packageExtensions',
      files: {
        '.yarnrc.yml':
          'nodeLinker: pnp\npackageExtensions:\n  "@tensorflow/tfjs@*":\n    dependencies:\n      long: "*"\n',
      },
    },
    isPlainFine: false,
    encode: ['node'],
  },
  bun: {
    tool: 'bun',
    version: '1.4.5',
    program: 'bin/bun.exe',
    install: ['add'],
    setting: NOTHING,
    isPlainFine: true,
  },
};

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { readRequirements } from '../../python/requirements.js';

/**
 * A stand-in for Python. It answers the probe, makes an "environment" by copying itself, and installs by writing a file. With
 * FAKE_PIP_WAIT, its pip waits until that file exists, or until its parent is gone.
 */
const FAKE_PYTHON = `#!/bin/sh
here=$(dirname "$0")
case "$1" in
  -c)
    case "$2" in *importlib.metadata.requires*) echo 'filelock'; echo "$FAKE_TORCH_NEEDS"; exit;; esac
    packages='{}'
    [ -f "$here/installed" ] && packages='FAKE_PACKAGES'
    printf '\\n{"executable": "%s", "version": FAKE_VERSION, "packages": %s, "environments": FAKE_ENVIRONMENTS}' "$0" "$packages"
    ;;
  *run_module.py)
    if [ "$2" = venv ]; then
      mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
    elif [ -n "$FAKE_NO_CPU_BUILD" ] && case "$*" in *requirements-cpu.txt) true;; *) false;; esac; then
      echo "ERROR: $FAKE_NO_CPU_BUILD"; exit 1
    elif [ "$3" = check ]; then
      if [ -n "$FAKE_CHECK_FAILS" ]; then echo "$FAKE_CHECK_FAILS"; exit 1; fi
    else
      echo 'Collecting torch==2.13.0'
      echo "$*" >> FAKE_LOG
      parent=$PPID
      while [ -n "$FAKE_PIP_WAIT" ] && [ ! -f "$FAKE_PIP_WAIT" ]; do
        kill -0 $parent 2>/dev/null || exit 1
        sleep 0.05
      done
      if [ -n "$FAKE_PIP_FAILS" ]; then echo 'ERROR: No matching distribution found' >&2; exit 1; fi
      touch "$here/installed"
    fi
    ;;
esac
`;

/** The reference's packages with their pinned versions. */
export const PACKAGES = Object.fromEntries(readRequirements().map(({ name, version }) => [name, version]));

/** The place of a test's interpreters and environments. */
export interface Place {
  readonly work: string;
  /** The folder for environments. */
  readonly root: string;
  /** The lines of the log. */
  readonly lines: string[];
  readonly log: (line: string) => void;
  readonly fakePython: (folder: string, name: string, options?: FakePython) => string;
  /** The arguments of each pip call that installs something. */
  readonly pipCalls: () => string[];
  /** How often all packages were installed. */
  readonly pipRuns: () => number;
}

export interface FakePython {
  version?: [number, number, number];
  environments?: boolean;
  packages?: Record<string, string | undefined>;
}

function fakePython(pipLog: string, folder: string, name: string, options: FakePython = {}): string {
  const { version = [3, 12, 1], environments = true, packages = PACKAGES } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  const script = FAKE_PYTHON.replace('FAKE_VERSION', JSON.stringify(version))
    .replace('FAKE_PACKAGES', JSON.stringify(packages))
    .replace('FAKE_ENVIRONMENTS', String(environments))
    .replace('FAKE_LOG', pipLog);
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

/** Puts a fake Python in front of the real ones, or in their place. */
export function usePath(folder: string): void {
  vi.stubEnv('PATH', [folder, '/usr/bin', '/bin'].join(delimiter));
}

/** Gives each test of a file its own place. */
export function eachInItsPlace(): Place {
  let folder = '';
  const place = {
    get work() {
      return folder;
    },
    get root() {
      return join(folder, 'cache');
    },
    lines: [] as string[],
    log: (line: string) => void place.lines.push(line),
    fakePython: (at: string, name: string, options?: FakePython) => fakePython(pipLog(), at, name, options),
    pipCalls: () => (existsSync(pipLog()) ? readFileSync(pipLog(), 'utf8').trim().split('\n') : []),
    pipRuns: () => place.pipCalls().filter((call) => basename(call) === 'requirements.txt').length,
  };
  const pipLog = (): string => join(folder, 'pip.log');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-environment-'));
    place.lines.length = 0;
    vi.stubEnv('SPARSE_ENCODER_PYTHON', '');
    vi.stubEnv('SPARSE_ENCODER_CACHE', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return place;
}

import type * as Ort from 'onnxruntime-node';
import { ENGINE_RULES } from '../../engine-names.js';
import { OptionError } from '../../errors.js';
import { countFrom, flag, oneOf, type OptionRule, type OptionRules, resolveOptions } from '../../options.js';
import { EngineUnavailableError } from '../errors.js';

export const EXECUTION_PROVIDERS = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

const OPTIMIZATION_LEVELS = ['disabled', 'basic', 'extended', 'all'] as const;

/** How the onnx engine uses ONNX Runtime. */
export interface OnnxEngineOptions {
  /**
   * Threads of one operator. null leaves the choice to ONNX Runtime, which takes the number of physical cores. Default
   * null.
   */
  readonly threads: number | null;
  /** Where programs run. What the first provider cannot run goes to the next one. Default ['cpu']. */
  readonly executionProviders: readonly ExecutionProvider[];
  /** The most sessions kept; beyond it, the least recently used one is released. Default 64. */
  readonly maxSessions: number;
  /**
   * The most memory of all sessions, as estimated from their programs: twice their weights plus the intermediate
   * tensors that are needed at once. Beyond it, the least recently used session is released. Default 2 GiB.
   */
  readonly maxSessionBytes: number;
  /** How far ONNX Runtime may rewrite the graph. Default 'all'. */
  readonly graphOptimizationLevel: (typeof OPTIMIZATION_LEVELS)[number];
  /** Whether the memory of one run is kept for the next. Default true. */
  readonly enableCpuMemArena: boolean;
  /**
   * Whether intermediate tensors of fixed shapes are laid out in one block after the first run. Default false: the
   * block comes on top of what the first run allocated (700 MB more in a training step), and no run was faster with it.
   */
  readonly enableMemPattern: boolean;
  /**
   * Elements of one tile. A chain of operators that work row by row over tensors of at least twice this size runs block
   * by block of rows, so that intermediate results stay in the cache. 0 turns tiling off. Default 262144.
   */
  readonly tileElements: number;
  /** Further entries of ONNX Runtime's session configuration, by its own keys. Default {}. */
  readonly config: Readonly<Record<string, string>>;
}

const providers: OptionRule<readonly ExecutionProvider[]> = {
  default: ['cpu'],
  expects: `a list of at least one of ${EXECUTION_PROVIDERS.join(', ')}`,
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => EXECUTION_PROVIDERS.includes(name as 'cpu')),
};

const config: OptionRule<Readonly<Record<string, string>>> = {
  default: {},
  expects: 'a record of strings',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === 'string'),
};

const RULES: OptionRules<OnnxEngineOptions> = {
  threads: ENGINE_RULES.threads,
  executionProviders: providers,
  maxSessions: countFrom(1, 64),
  maxSessionBytes: countFrom(1, 2 ** 31),
  graphOptimizationLevel: oneOf(OPTIMIZATION_LEVELS, 'all'),
  enableCpuMemArena: flag(true),
  enableMemPattern: flag(false),
  tileElements: countFrom(0, 2 ** 18),
  config,
};

/** @throws OptionError if an option is unknown or out of range */
export function resolveEngineOptions(options?: Partial<OnnxEngineOptions>): OnnxEngineOptions {
  return resolveOptions('the onnx engine', RULES, options);
}

/** @throws EngineUnavailableError if a provider is not part of this build of ONNX Runtime */
export function requireProviders(ort: typeof Ort, { executionProviders }: OnnxEngineOptions): void {
  const built = ort.listSupportedBackends();
  for (const name of executionProviders) {
    if (built.some((backend) => backend.name === name)) continue;
    const present = built.map((backend) =>
      backend.bundled ? backend.name : `${backend.name} (not bundled)`,
    );
    throw new EngineUnavailableError(
      `this build of ONNX Runtime has no execution provider "${name}"; it has ${present.join(', ')}`,
    );
  }
}

export function sessionOptions(options: OnnxEngineOptions): Ort.InferenceSession.SessionOptions {
  const { threads, executionProviders, graphOptimizationLevel, enableCpuMemArena, enableMemPattern } =
    options;
  return {
    ...(threads !== null && { intraOpNumThreads: threads }),
    executionProviders,
    graphOptimizationLevel,
    enableCpuMemArena,
    enableMemPattern,
    extra: nested(options.config),
    logSeverityLevel: ONLY_FATAL,
  };
}

/** Log only fatal errors: other errors become exceptions, which tell more. */
const ONLY_FATAL = 4;

/** onnxruntime-node joins the keys of nested records by dots. */
function nested(entries: Readonly<Record<string, string>>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries)) {
    const path = key.split('.');
    const last = path.pop();
    if (!last) throw new OptionError(`the onnx engine: config has an empty key`);
    let branch = tree;
    for (const part of path) branch = (branch[part] ??= {}) as Record<string, unknown>;
    branch[last] = value;
  }
  return tree;
}

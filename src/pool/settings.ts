import type { ScopeError } from "../base/errors.js";
import {
  type Allowed,
  aBoolean,
  aFunction,
  aSignal,
  checkGiven,
  checkRecord,
  duration,
  invalidOption,
  oneOf,
} from "../base/options.js";
import { type Clock, systemClock } from "./time/clock.js";
import type { AcquireOptions, CheckOn, CloseOptions, PoolOptions, Settings } from "./options.js";

const isNumber = (value: unknown): value is number => typeof value === "number";
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const hasMethods = (value: unknown, ...names: string[]): boolean =>
  isRecord(value) && names.every((name) => typeof value[name] === "function");

/** An interval. With 0 the same thing would happen without end. */
const moreThanNothing: Allowed = {
  text: "milliseconds, more than 0, or Infinity",
  test: (value) => isNumber(value) && value > 0,
};
const aCount = (least: number, infinite = true): Allowed => ({
  text: `an integer, ${least} or more${infinite ? ", or Infinity" : ""}`,
  test: (value) => isNumber(value) && value >= least && (Number.isInteger(value) || (infinite && value === Infinity)),
});

const CHECK_ON: readonly CheckOn[] = ["idle", "acquire", "release"];

export const POOL_OPTIONS: { readonly [K in keyof Required<PoolOptions<unknown>>]: Allowed } = {
  create: aFunction,
  maxSize: aCount(1),
  minSize: aCount(0, false),
  minIdle: aCount(0, false),
  acquireTimeoutMs: duration,
  createTimeoutMs: duration,
  checkTimeoutMs: duration,
  destroyTimeoutMs: duration,
  drainTimeoutMs: duration,
  createConcurrency: aCount(1),
  createBackoffMs: { text: "an object { min, max }", test: isRecord },
  maxWaiting: aCount(0),
  maxUses: aCount(1),
  idleTimeoutMs: duration,
  maxAgeMs: moreThanNothing,
  maxAgeJitter: { text: "a number from 0 to 1", test: (value) => isNumber(value) && value >= 0 && value <= 1 },
  leaseWarnMs: duration,
  maxLeaseMs: duration,
  leaseStacks: aBoolean,
  healthCheck: aFunction,
  healthCheckIntervalMs: { text: `${moreThanNothing.text}, with a healthCheck`, test: moreThanNothing.test },
  checkOn: {
    text: 'an array of "idle", "acquire", "release", with a healthCheck',
    test: (value) => Array.isArray(value) && value.every((on) => (CHECK_ON as unknown[]).includes(on)),
  },
  checkAfterIdleMs: duration,
  onCreate: aFunction,
  onAcquire: aFunction,
  onRelease: aFunction,
  destroy: aFunction,
  describe: aFunction,
  order: oneOf("lifo", "fifo"),
  label: { text: "a string, not empty", test: (value) => typeof value === "string" && value !== "" },
  logger: { text: "an object with warn(message, facts)", test: (value) => hasMethods(value, "warn") },
  clock: {
    text: "an object with now(), setTimeout() and clearTimeout()",
    test: (value) => hasMethods(value, "now", "setTimeout", "clearTimeout"),
  },
};
const aBackoff: Allowed = {
  text: "milliseconds, more than 0 and less than Infinity",
  test: (value) => isNumber(value) && value > 0 && value < Infinity,
};
const BACKOFF_RULES = { min: aBackoff, max: aBackoff };
const ACQUIRE_RULES: { readonly [K in keyof Required<AcquireOptions>]: Allowed } = {
  timeoutMs: duration,
  signal: aSignal,
  priority: { text: "a number, higher first", test: (value) => isNumber(value) && !Number.isNaN(value) },
};
const CLOSE_RULES: { readonly [K in keyof Required<CloseOptions>]: Allowed } = {
  graceMs: duration,
  drain: aBoolean,
};

const NO_CHECKS: ReadonlySet<CheckOn> = new Set();

/** All pools share them: a pool has of its own what it was given. */
const DEFAULTS: Omit<Settings<unknown>, "create" | "maxSize" | "label"> = {
  minSize: 0,
  minIdle: 0,
  acquireTimeoutMs: 30_000,
  createTimeoutMs: 30_000,
  checkTimeoutMs: 5000,
  destroyTimeoutMs: 5000,
  drainTimeoutMs: 30_000,
  createConcurrency: Infinity,
  createBackoffMs: { min: 100, max: 10_000 },
  maxWaiting: Infinity,
  maxUses: Infinity,
  idleTimeoutMs: Infinity,
  maxAgeMs: Infinity,
  maxAgeJitter: 0.1,
  leaseWarnMs: Infinity,
  maxLeaseMs: Infinity,
  leaseStacks: false,
  healthCheck: undefined,
  healthCheckIntervalMs: 30_000,
  checkOn: NO_CHECKS,
  checkAfterIdleMs: 0,
  onCreate: undefined,
  onAcquire: undefined,
  onRelease: undefined,
  destroy: undefined,
  describe: undefined,
  order: "lifo",
  logger: undefined,
  clock: systemClock,
};

let count = 0;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws ScopeError `INVALID_OPTION`, naming the option, what was given and what is allowed
 */
export function resolveOptions<T>(options: PoolOptions<T>): Settings<T> {
  checkRecord("Pool", options, undefined);
  checkRecord(POOL_OPTIONS.label.test(options.label) ? (options.label as string) : "Pool", options, POOL_OPTIONS);
  const label = options.label ?? `pool-${++count}`;
  checkGiven(label, options, POOL_OPTIONS, ["create", "maxSize"]);
  const { maxSize, healthCheck } = options;
  for (const name of ["minSize", "minIdle"] as const) {
    const least = options[name] ?? 0;
    if (least > maxSize) throw invalidOption(label, name, least, `at most maxSize, which is ${maxSize}`);
  }
  const checkOn = options.checkOn ?? (healthCheck === undefined ? [] : (["idle"] as const));
  if (checkOn.length > 0 && healthCheck === undefined) {
    throw invalidOption(label, "checkOn", checkOn, POOL_OPTIONS.checkOn.text);
  }
  const { healthCheckIntervalMs } = options;
  if (healthCheckIntervalMs !== undefined && healthCheck === undefined) {
    throw invalidOption(label, "healthCheckIntervalMs", healthCheckIntervalMs, POOL_OPTIONS.healthCheckIntervalMs.text);
  }
  if (options.clock !== undefined) checkClock(label, options.clock);
  const settings = Object.create(DEFAULTS) as { -readonly [K in keyof Settings<T>]: Settings<T>[K] };
  for (const name in options) {
    const value = options[name as keyof PoolOptions<T>];
    if (value !== undefined) (settings as Record<string, unknown>)[name] = value;
  }
  settings.label = label;
  settings.leaseStacks = options.leaseStacks ?? (options.leaseWarnMs ?? Infinity) !== Infinity;
  if (checkOn.length > 0) settings.checkOn = new Set(checkOn);
  else if (options.checkOn !== undefined) settings.checkOn = NO_CHECKS;
  if (options.createBackoffMs !== undefined) settings.createBackoffMs = backoff(label, options.createBackoffMs);
  return settings;
}

/** The options of one acquisition; `undefined` if all is well. */
export function wrongAcquire(label: string, options: AcquireOptions): ScopeError | undefined {
  return wrong(label, options, ACQUIRE_RULES);
}

/** The same for those of `close`. */
export function wrongClose(label: string, options: CloseOptions): ScopeError | undefined {
  return wrong(label, options, CLOSE_RULES);
}

export function checkSize(label: string, maxSize: number): void {
  const { test, text } = aCount(0);
  if (!test(maxSize)) throw invalidOption(label, "maxSize", maxSize, text);
}

export function wrongFunction(label: string, given: unknown): ScopeError {
  return invalidOption(label, "fn", given, aFunction.text);
}

/** All limits hang on it. */
function checkClock(label: string, clock: Clock): void {
  let now: unknown;
  try {
    now = clock.now();
  } catch (error) {
    now = error;
  }
  if (!Number.isFinite(now)) throw invalidOption(label, "clock.now()", now, "milliseconds, a finite number");
}

function backoff(
  label: string,
  given: NonNullable<PoolOptions<unknown>["createBackoffMs"]>,
): { min: number; max: number } {
  checkRecord(label, given, BACKOFF_RULES, "createBackoffMs.");
  const min = given.min ?? Math.min(100, given.max ?? 100);
  const max = given.max ?? Math.max(10_000, min);
  if (min > max) throw invalidOption(label, "createBackoffMs.min", min, `at most createBackoffMs.max, which is ${max}`);
  return { min, max };
}

function wrong(label: string, options: object, rules: Readonly<Record<string, Allowed>>): ScopeError | undefined {
  try {
    checkRecord(label, options, rules);
    return undefined;
  } catch (error) {
    return error as ScopeError;
  }
}

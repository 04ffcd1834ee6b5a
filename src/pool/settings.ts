import { inspect } from "node:util";

import { ScopeError } from "../errors.js";
import { systemClock } from "./clock.js";
import type { AcquireOptions, CheckOn, CloseOptions, PoolOptions, Settings } from "./options.js";
import { suggest } from "./suggest.js";

/** One rule for one option: what is allowed, in words and as a test. */
interface Rule {
  readonly allowed: string;
  readonly test: (value: unknown) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const hasMethods = (value: unknown, ...names: string[]): boolean =>
  isObject(value) && names.every((name) => typeof value[name] === "function");

const aFunction: Rule = { allowed: "a function", test: (value) => typeof value === "function" };
const aBoolean: Rule = { allowed: "true or false", test: (value) => typeof value === "boolean" };
const aDuration: Rule = {
  allowed: "milliseconds, 0 or more, or Infinity",
  test: (value) => isNumber(value) && value >= 0,
};
/** Something that happens each time so much has passed would never end happening. */
const moreThanNothing: Rule = {
  allowed: "milliseconds, more than 0, or Infinity",
  test: (value) => isNumber(value) && value > 0,
};
const aCount = (least: number, infinite = true): Rule => ({
  allowed: `an integer, ${least} or more${infinite ? ", or Infinity" : ""}`,
  test: (value) => isNumber(value) && value >= least && (Number.isInteger(value) || (infinite && value === Infinity)),
});

const CHECK_ON: readonly CheckOn[] = ["idle", "acquire", "release"];

const RULES: { readonly [K in keyof Required<PoolOptions<unknown>>]: Rule } = {
  create: aFunction,
  maxSize: aCount(1),
  minSize: aCount(0, false),
  acquireTimeoutMs: aDuration,
  createTimeoutMs: aDuration,
  checkTimeoutMs: aDuration,
  destroyTimeoutMs: aDuration,
  createConcurrency: aCount(1),
  createBackoffMs: {
    allowed: "{ min, max } in milliseconds, 0 < min <= max < Infinity",
    test: (value) => isObject(value) && !Array.isArray(value),
  },
  maxWaiting: aCount(0),
  maxUses: aCount(1),
  idleTimeoutMs: aDuration,
  maxAgeMs: moreThanNothing,
  maxAgeJitter: { allowed: "a number from 0 to 1", test: (value) => isNumber(value) && value >= 0 && value <= 1 },
  leaseWarnMs: aDuration,
  maxLeaseMs: aDuration,
  leaseStacks: aBoolean,
  healthCheck: aFunction,
  healthCheckIntervalMs: moreThanNothing,
  checkOn: {
    allowed: "an array of 'idle', 'acquire', 'release', with a healthCheck",
    test: (value) => Array.isArray(value) && value.every((on) => (CHECK_ON as unknown[]).includes(on)),
  },
  checkAfterIdleMs: aDuration,
  onCreate: aFunction,
  onAcquire: aFunction,
  onRelease: aFunction,
  destroy: aFunction,
  watchErrors: aBoolean,
  describe: aFunction,
  order: { allowed: "'lifo' or 'fifo'", test: (value) => value === "lifo" || value === "fifo" },
  housekeepingIntervalMs: aDuration,
  label: { allowed: "a string, not empty", test: (value) => typeof value === "string" && value !== "" },
  logger: { allowed: "an object with warn(message, facts)", test: (value) => hasMethods(value, "warn") },
  clock: {
    allowed: "an object with now(), setTimeout() and clearTimeout()",
    test: (value) => hasMethods(value, "now", "setTimeout", "clearTimeout"),
  },
};
const BACKOFF_RULES = { min: RULES.createBackoffMs, max: RULES.createBackoffMs };
const ACQUIRE_RULES: { readonly [K in keyof Required<AcquireOptions>]: Rule } = {
  timeoutMs: aDuration,
  signal: { allowed: "an AbortSignal", test: (value) => value instanceof AbortSignal },
  holder: { allowed: "a holder", test: isObject },
};
const CLOSE_RULES: { readonly [K in keyof Required<CloseOptions>]: Rule } = { graceMs: aDuration };

let count = 0;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws ScopeError `INVALID_OPTION`, naming the option, what was given and what is allowed
 */
export function settle<T>(given: PoolOptions<T>): Settings<T> {
  const options = check("Pool", given, RULES, "an object with at least create and maxSize");
  const label = options.label ?? `pool-${++count}`;
  for (const name of ["create", "maxSize"] as const) {
    if (options[name] === undefined) throw invalid(label, name, undefined, RULES[name].allowed);
  }
  const { create, maxSize, minSize = 0, healthCheck } = options;
  if (minSize > maxSize) throw invalid(label, "minSize", minSize, `at most maxSize, which is ${maxSize}`);
  const checkOn = options.checkOn ?? (healthCheck === undefined ? [] : (["idle"] as const));
  if (checkOn.length > 0 && healthCheck === undefined) throw invalid(label, "checkOn", checkOn, RULES.checkOn.allowed);
  return {
    create,
    maxSize,
    minSize,
    acquireTimeoutMs: options.acquireTimeoutMs ?? 30_000,
    createTimeoutMs: options.createTimeoutMs ?? 30_000,
    checkTimeoutMs: options.checkTimeoutMs ?? 5000,
    destroyTimeoutMs: options.destroyTimeoutMs ?? 5000,
    createConcurrency: options.createConcurrency ?? Infinity,
    createBackoffMs: backoff(label, options.createBackoffMs),
    maxWaiting: options.maxWaiting ?? Infinity,
    maxUses: options.maxUses ?? Infinity,
    idleTimeoutMs: options.idleTimeoutMs ?? Infinity,
    maxAgeMs: options.maxAgeMs ?? Infinity,
    maxAgeJitter: options.maxAgeJitter ?? 0.1,
    leaseWarnMs: options.leaseWarnMs ?? Infinity,
    maxLeaseMs: options.maxLeaseMs ?? Infinity,
    leaseStacks: options.leaseStacks ?? (options.leaseWarnMs ?? Infinity) !== Infinity,
    healthCheck,
    healthCheckIntervalMs: options.healthCheckIntervalMs ?? 30_000,
    checkOn: new Set(checkOn),
    checkAfterIdleMs: options.checkAfterIdleMs ?? 0,
    onCreate: options.onCreate,
    onAcquire: options.onAcquire,
    onRelease: options.onRelease,
    destroy: options.destroy,
    watchErrors: options.watchErrors ?? true,
    describe: options.describe,
    order: options.order ?? "lifo",
    housekeepingIntervalMs: options.housekeepingIntervalMs ?? 0,
    label,
    logger: options.logger,
    clock: options.clock ?? systemClock,
  };
}

/** The options of one acquisition; `undefined` if all is well. */
export function wrongAcquire(label: string, options: AcquireOptions): ScopeError | undefined {
  return wrong(label, options, ACQUIRE_RULES, "{ timeoutMs, signal }");
}

/** The same for those of `close`. */
export function wrongClose(label: string, options: CloseOptions): ScopeError | undefined {
  return wrong(label, options, CLOSE_RULES, "{ graceMs }");
}

export function checkSize(label: string, maxSize: number): void {
  const rule = aCount(0);
  if (!rule.test(maxSize)) throw invalid(label, "maxSize", maxSize, rule.allowed);
}

function backoff(label: string, given: PoolOptions<unknown>["createBackoffMs"]): { min: number; max: number } {
  if (given !== undefined) check(label, given, BACKOFF_RULES, RULES.createBackoffMs.allowed, "createBackoffMs.");
  const min = given?.min ?? Math.min(100, given?.max ?? 100);
  const max = given?.max ?? Math.max(10_000, min);
  if (!(isNumber(min) && isNumber(max) && min > 0 && min <= max && max < Infinity)) {
    throw invalid(label, "createBackoffMs", given, RULES.createBackoffMs.allowed);
  }
  return { min, max };
}

function wrong(
  label: string,
  options: object,
  rules: Readonly<Record<string, Rule>>,
  allowed: string,
): ScopeError | undefined {
  try {
    check(label, options, rules, allowed);
    return undefined;
  } catch (error) {
    return error as ScopeError;
  }
}

/** Known names only, each with an allowed value; `undefined` counts as not given. */
function check<O extends object>(
  label: string,
  options: O,
  rules: Readonly<Record<string, Rule>>,
  allowed: string,
  prefix = "",
): O {
  if (!isObject(options)) throw invalid(label, `${prefix}options`, options, allowed);
  for (const name in options) {
    const value: unknown = options[name];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const names = Object.keys(rules);
      const meant = suggest(name, names);
      const hint = meant === undefined ? `known are ${names.join(", ")}` : `did you mean ${prefix}${meant}?`;
      throw new ScopeError("INVALID_OPTION", `${label}: there is no option ${prefix}${name}; ${hint}`, {
        service: label,
      });
    }
    if (value !== undefined && prefix === "" && !rule.test(value)) throw invalid(label, name, value, rule.allowed);
  }
  return options;
}

export function wrongFunction(label: string, given: unknown): ScopeError {
  return invalid(label, "fn", given, aFunction.allowed);
}

function invalid(label: string, name: string, value: unknown, allowed: string): ScopeError {
  const given = inspect(value, { depth: 1, breakLength: Infinity });
  return new ScopeError("INVALID_OPTION", `${label}: ${name} is ${given}; allowed is ${allowed}`, { service: label });
}

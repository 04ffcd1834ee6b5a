import type { GetOptions, GetOptionsTagConstraint, MetadataName } from "inversify";
import { recordClassScope, recordProviderMethod } from "../src/container/class-scope.js";
import { NO_TYPES } from "../src/container/errors.js";
import { classNameOf } from "../src/base/class-name.js";
import { descriptorOf } from "../src/base/descriptor-of.js";
import { ScopeError } from "../src/base/errors.js";
import { isObject } from "../src/base/is-object.js";
import { type Allowed, checkRecord } from "../src/base/options.js";
import type { Scope } from "../src/scopes/scope.js";

/** The options that only provider methods have. */
interface MethodOptions {
  readonly provides?: unknown;
  readonly name?: MetadataName;
  readonly tag?: GetOptionsTagConstraint;
  readonly inject?: readonly unknown[];
}

const METHOD_OPTIONS: Readonly<Record<keyof MethodOptions, Allowed>> = {
  provides: { test: isIdentifier, text: "a class, a symbol or a string that is not empty" },
  name: { test: (value) => !isObject(value), text: "a name" },
  tag: { test: (value) => isObject(value) && "key" in value && "value" in value, text: "{ key, value }" },
  inject: { test: Array.isArray, text: "an array of what the method's parameters are given" },
};

/** One of the three decorators. */
export interface Kind {
  /** How messages call it. */
  readonly name: string;
  /** The options of the scope. */
  readonly allowed: Readonly<Record<string, Allowed>>;
  /** Refuses options that belong elsewhere. @throws ScopeError `INVALID_OPTION`, for `where` */
  refuse?(where: string, options: object): void;
  /** @throws ScopeError `INVALID_OPTION`, for `where` */
  scope(where: string, options: object): Scope;
}

/** A decorator, whatever it stands on: the compiler does not see every mistake. */
export type Applied = (target: object, method?: PropertyKey | object, descriptor?: Third) => void;

/** The third argument: a parameter's decorator gets the index of the parameter. */
type Third = PropertyDescriptor | number | undefined;

/** Checks the options when it is applied, so that an error names the class and the method. */
export function decorator(kind: Kind, given: unknown): Applied {
  return (target, method, descriptor) => {
    refuseStandard(kind, method);
    if (method === undefined) decorateClass(kind, given, target, descriptor);
    else decorateMethod(kind, given, target, method as PropertyKey, descriptor);
  };
}

/** A decorator without parentheses gets what it should decorate, in the place of options. */
export function refuseBare(kind: Pick<Kind, "name">, example: string, args: readonly unknown[]): void {
  const [target, method] = args;
  if (typeof target === "function" || typeof method === "string" || typeof method === "symbol") {
    throw misplaced(
      `${kind.name} on ${describe(target as object, method as PropertyKey)}`,
      `it lacks its parentheses; say ${example}`,
    );
  }
  refuseStandard(kind, method);
}

function describe(target: object, method: PropertyKey | undefined): string {
  const name = classNameOf(typeof target === "function" ? target : target.constructor);
  return method === undefined ? name : `${name}.${String(method)}`;
}

/** A decorator of the language gets a context as its second argument. */
function refuseStandard({ name }: Pick<Kind, "name">, method: unknown): void {
  if (!isObject(method) || !("kind" in method)) return;
  const { name: decorated = "something" } = method as { readonly name?: PropertyKey };
  throw misplaced(
    `${name} on ${String(decorated)}`,
    "it was called as a decorator of the language; inversify's decorators need `experimentalDecorators` (and " +
      "`emitDecoratorMetadata`) in tsconfig.json, or what your compiler calls legacy decorators",
  );
}

interface Checked extends MethodOptions {
  readonly scope: Scope;
}

/** @throws ScopeError `INVALID_OPTION` */
function check(kind: Kind, where: string, given: unknown): Checked {
  checkRecord(where, given, undefined);
  kind.refuse?.(where, given as object);
  checkRecord(where, given, { ...kind.allowed, ...METHOD_OPTIONS });
  const { provides, name, tag, inject, ...options } = given as MethodOptions;
  return { provides, name, tag, inject, scope: kind.scope(where, options) } as Checked;
}

function isIdentifier(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol" || (typeof value === "string" && value !== "");
}

function decorateClass(kind: Kind, given: unknown, target: object, parameter: unknown): void {
  if (typeof target !== "function") throw misplaced(kind.name, "it decorates classes and methods");
  if (parameter !== undefined) {
    throw misplaced(`${kind.name} on a parameter of ${classNameOf(target)}`, "it decorates classes and methods");
  }
  const where = `${kind.name} on ${classNameOf(target)}`;
  const { scope, ...ofMethods } = check(kind, where, given);
  for (const [name, value] of Object.entries(ofMethods)) {
    if (value !== undefined) throw misplaced(where, `\`${name}\` is for provider methods; bind the class instead`);
  }
  if (!recordClassScope(target, scope)) throw misplaced(where, "the class has a scope already; it can have one");
}

function decorateMethod(kind: Kind, given: unknown, target: object, method: PropertyKey, descriptor: Third): void {
  const isStatic = typeof target === "function";
  const providerClass = isStatic ? target : target.constructor;
  const where = `${kind.name} on ${classNameOf(providerClass)}.${String(method)}`;
  if (isStatic) throw misplaced(where, "it is static; providers are instance methods");
  if (typeof descriptor === "number") {
    throw misplaced(`a parameter of ${where}`, "it decorates classes and methods");
  }
  // inversify's `decorate` gives no descriptor.
  const value: unknown = (descriptor ?? descriptorOf(target, method))?.value;
  if (typeof value !== "function") throw misplaced(where, "it is no method; decorate a class or a method");
  const { scope, provides, name, tag, inject } = check(kind, where, given);
  if (name !== undefined && tag !== undefined)
    throw misplaced(where, "it has a `name` and a `tag`; give it one of them");
  const service = provides ?? returnClass(where, target, method);
  const request: GetOptions | undefined = name !== undefined ? { name } : tag !== undefined ? { tag } : undefined;
  const dependencies = dependenciesOf(where, target, method, value as Method, inject);
  if (!recordProviderMethod(providerClass, { method, service, scope, request, dependencies })) {
    throw misplaced(where, "the method has a scope already; it can have one");
  }
}

type Method = (...args: unknown[]) => unknown;

/** For a type that is no class, TypeScript writes down one of these. */
const NO_SERVICES = new Set<unknown>([Array, BigInt, Boolean, Function, Number, Object, Promise, String, Symbol]);

/** The class that TypeScript wrote down as the method's return type. */
function returnClass(where: string, target: object, method: PropertyKey): unknown {
  const type: unknown = metadata("design:returntype", target, method);
  if (isService(type)) return type;
  throw misplaced(where, `its return type names no class; say { provides: TheService }${unwritten(target, method)}`);
}

/** What the method's parameters get: what `inject` says, else instances of the classes that TypeScript wrote down. */
function dependenciesOf(
  where: string,
  target: object,
  method: PropertyKey,
  { length }: Method,
  inject: readonly unknown[] | undefined,
): readonly unknown[] {
  const types = metadata("design:paramtypes", target, method) as readonly unknown[] | undefined;
  const given = inject ?? types?.slice(0, length) ?? [];
  for (let i = 0; i < Math.max(length, given.length); i++) {
    if (inject === undefined ? isService(given[i]) : isDependency(given[i])) continue;
    throw misplaced(
      where,
      `nothing tells what parameter ${i + 1} is given; say { inject: [TheService, …] }, one for each parameter, or use ` +
        `what is injected into the class${unwritten(target, method)}`,
    );
  }
  return given;
}

/** Why no type is known, if the compiler has written none of the method's. */
function unwritten(target: object, method: PropertyKey): string {
  return metadata("design:type", target, method) === undefined ? ` (${NO_TYPES})` : "";
}

/** Where the compiler writes nothing down, `reflect-metadata` need not be loaded. */
function metadata(key: string, target: object, method: PropertyKey): unknown {
  const { getMetadata }: Partial<typeof Reflect> = Reflect;
  return getMetadata?.(key, target, method as string | symbol);
}

function isService(type: unknown): boolean {
  return typeof type === "function" && !NO_SERVICES.has(type);
}

/** Whether `toResolvedValue` takes it: an identifier, a lazy one, or an object that holds one. */
function isDependency(value: unknown): boolean {
  return isIdentifier(value) || (isObject(value) && ("serviceIdentifier" in value || "unwrap" in value));
}

function misplaced(where: string, why: string): ScopeError {
  return new ScopeError("INVALID_OPTION", `${where}: ${why}.`);
}

import { invalidOption } from "../base/options.js";

/** Refuses a registry or a meter that lacks a method. @throws ScopeError `INVALID_OPTION` */
export function expectMethods(
  caller: string,
  name: string,
  value: unknown,
  methods: readonly string[],
  text: string,
): void {
  const given = value as Readonly<Record<string, unknown>> | null | undefined;
  if (methods.some((method) => typeof given?.[method] !== "function")) throw invalidOption(caller, name, value, text);
}

import { types } from "node:util";
import { oneLine } from "./one-line.js";
import { show, UNSHOWABLE } from "./show.js";

/** The longest part of an error's message that is shown; some messages hold a whole SQL statement. */
const LONGEST_MESSAGE = 1000;

/**
 * A thrown value on one line: the name and message of an error, but only the kind of any other object, since its contents may be
 * secret; `cause` has the value itself. Never throws.
 */
export function summarizeError(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error || types.isNativeError(thrown))) return show(thrown);
    const { name, message } = thrown as { readonly name: unknown; readonly message: unknown };
    if (typeof name !== "string" || typeof message !== "string") return UNSHOWABLE;
    return message === "" ? oneLine(name) : `${oneLine(name)}: ${oneLine(message, LONGEST_MESSAGE)}`;
  } catch {
    return UNSHOWABLE;
  }
}

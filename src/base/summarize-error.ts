import { types } from "node:util";
import { oneLine } from "./one-line.js";
import { show, UNSHOWABLE } from "./show.js";

/** So much of an error's message is shown; some hold a whole statement. */
const LONGEST_MESSAGE = 1000;

/**
 * What was thrown, on one line: the name and the message of an error, of any other object only what it is. What it holds
 * may be secret; who needs it finds the thing itself in `cause`. Never throws, however the thing resists.
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

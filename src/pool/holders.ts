import { summarizeError } from "../base/summarize-error.js";
import type { HolderInfo } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { withoutOwn } from "../base/own-files.js";
import type { Ledger } from "./ledger.js";
import { type CallSite, DRAINING, LEASED, type Slot } from "./slot.js";

/** The `holders` of an error are no more than this; its message names fewer. */
const MAX_NAMED = 32;

/** Who holds which instance since when. To say so it asks `describe`, which is user code and may do anything, also end a lease. */
export class Holders<T> {
  readonly #ledger: Ledger<T>;
  #named: { readonly now: number; readonly holders: readonly HolderInfo[] } | undefined;

  constructor(ledger: Ledger<T>) {
    this.#ledger = ledger;
  }

  /** Who holds this instance, or what still uses it. */
  of(slot: Slot<T>, now: number): HolderInfo {
    return { ...undescribed(slot, now), ...this.described(slot) };
  }

  /** All of them, longest first; those too whose calls still use what they have given back. */
  all(now: number, most = Infinity): HolderInfo[] {
    return this.held(most).map((slot) => this.of(slot, now));
  }

  /** What they hold. */
  held(most: number): Slot<T>[] {
    const held = [...this.#ledger.slots].filter(({ state }) => state === LEASED || state === DRAINING);
    return held.sort((a, b) => a.since - b.since).slice(0, most);
  }

  /** Those that errors name. All errors of one moment share the list: in a storm of time-outs it must not be made for each. */
  forErrors(now: number): readonly HolderInfo[] {
    const { isShortOfTotal, share } = this.#ledger;
    if (isShortOfTotal) return share!.holders(now, MAX_NAMED);
    if (this.#named?.now !== now) this.#named = { now, holders: this.all(now, MAX_NAMED) };
    return this.#named.holders;
  }

  /** What `describe` says of an instance, if it is fit for JSON; if `describe` fails, its failure. */
  described({ value }: Slot<T>): { readonly facts?: unknown } {
    const { settings, inPool } = this.#ledger;
    const { describe } = settings;
    if (describe === undefined || value === undefined) return {};
    try {
      const facts: unknown = inPool(() => describe(value));
      JSON.stringify(facts);
      if (!isThenable(facts)) return { facts };
      Promise.resolve(facts).catch(() => {});
      return { facts: { error: "describe returned a promise, and must be synchronous" } };
    } catch (error) {
      return { facts: { error: summarizeError(error) } };
    }
  }
}

/** The same without what `describe` says: no user code runs. */
export function undescribed<T>({ state, since, use, lease }: Slot<T>, now: number): HolderInfo {
  const heldMs = Math.max(0, Math.round(now - since));
  if (state === DRAINING) return { holder: use!.holder, heldMs, call: use!.describe() };
  const holder = (lease?.holder ?? lease?.caller)?.name ?? "explicit lease";
  return { holder, heldMs, ...acquiredAt(lease?.site) };
}

/** Where an instance was acquired, or asked for, if that was recorded. */
export function acquiredAt(site: CallSite | undefined): Pick<HolderInfo, "acquisitionStack"> {
  return site?.stack === undefined ? {} : { acquisitionStack: callers(site.stack) };
}

/** The stack without its first line, which is no error's here, and without our own part of the way. */
function callers(stack: string): string {
  const [, ...frames] = stack.split("\n");
  return withoutOwn(frames).join("\n");
}

import type { SeesCalls } from "../../proxy/source.js";

/** The turn of a call, where calls run one at a time. */
export interface Turn {
  /** What the call has returned is followed until it settles; then `over` is called. */
  isFollowed: boolean;
  over(): void;
}

/** What waits for the end of a call: the lease of the instance, or the transaction in which the call is made. */
export interface Follower extends SeesCalls {
  /**
   * Notes the result of a call.
   *
   * @param turn - the call's, if calls run one at a time
   * @returns what the caller gets
   */
  returned(result: object, member: PropertyKey, turn?: Turn): unknown;
  /** Notes what the caller of a call gets that waits for its turn. Default: the end of what follows cancels the call. */
  queued?(result: object): unknown;
}

/** What a follower does when the promise of a call has settled. Both are passed on alone. */
export interface Reactions {
  /** @returns the value as the caller gets it */
  readonly settled: (value: unknown) => unknown;
  /** Throws the error again. */
  readonly failed: (error: unknown) => never;
}

/**
 * Follows the promise that a call has returned. One reaction tells the turn and its follower.
 *
 * @param isBare - it has no members of its own, see {@link isBarePromise}
 * @returns what the caller gets: if possible the derived promise, so that an unhandled rejection is reported as without a proxy,
 * and errors keep their asynchronous stack
 */
export function followPromise(
  promise: Promise<unknown>,
  isBare: boolean,
  reactions: Reactions,
  turn: Turn | undefined,
): Promise<unknown> {
  const followed =
    turn === undefined ? promise.then(reactions.settled, reactions.failed) : inTurn(promise, reactions, turn);
  if (isBare) return followed;
  followed.catch(() => {});
  return promise;
}

/** A function of its own: V8 makes room for closures when a function begins, even if it makes none. */
function inTurn(promise: Promise<unknown>, reactions: Reactions, turn: Turn): Promise<unknown> {
  turn.isFollowed = true;
  return promise.then(
    (value) => {
      const shown = reactions.settled(value);
      turn.over();
      return shown;
    },
    (error: unknown) => {
      turn.over();
      return reactions.failed(error);
    },
  );
}

import { channel } from "node:diagnostics_channel";

import type { Context } from "../../context/context.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import { oneLine } from "../../base/one-line.js";
import type { Named, Wait } from "../../pool/holder.js";
import { deadlocked, type Step } from "./errors.js";
import type { PoolEvent } from "../../pool/pool-event.js";
import type { Pool } from "../../pool/pool.js";

/**
 * Deadlock detection over contexts and pools.
 *
 * A context is stuck if an acquisition of its own waits for a pool whose leases are all held by stuck contexts, or if a child of
 * it is stuck. The stuck contexts are the greatest set for which that is true; without a circle it is empty. So there is nothing
 * to do while no context waits, and little while a holder runs.
 */

/** Message on the channel `inversify-scopes:pool:deadlock`; its pool is the one for which the context waited. */
export interface DeadlockEvent<P = Pool<unknown>> extends PoolEvent<P> {
  /** The name of the context whose acquisition was refused. */
  readonly context: string | undefined;
  /** The `POOL_DEADLOCK` with which it was refused. */
  readonly error: ScopeError;
}

const deadlockChannel = channel("inversify-scopes:pool:deadlock");

/** A holder that is a context. Only such leases count. */
export interface ContextHolder extends Named {
  readonly context: Context;
}

/** Contexts that hold one instance together: it comes back when all of them have acted, so that one that is stuck is enough. */
export interface JointHolder extends Named {
  readonly contexts: readonly Context[];
}

/** A context that waits. */
export interface ContextWaiter extends ContextHolder {
  /** All holders of instances of the same pool. */
  holders(): readonly HolderInfo[];
}

/** The notes on a context that waits, or has a descendant that waits. */
interface Node {
  readonly waits: Set<Wait>;
  waitingChildren: Set<Context> | undefined;
}

function nodeOf(context: Context): Node | undefined {
  return context.waits as Node | undefined;
}

/** Notes a wait. If a circle is closed, the last wait in it is rejected. */
export function waitBegan(context: Context, wait: Wait): void {
  ensureNode(context).waits.add(wait);
  resolveDeadlock(context);
}

/**
 * Forgets a wait. The instance that the context got may close a circle through its other waits, or through those of its children.
 */
export function waitEnded(context: Context, wait: Wait): void {
  const node = nodeOf(context)!;
  node.waits.delete(wait);
  dropIfIdle(context);
  if (nodeOf(context) !== undefined) resolveDeadlock(context);
}

/** The context has taken something besides, without waiting for it. That may close a circle through its waits. */
export function holdsMore(context: Context): void {
  if (nodeOf(context) !== undefined) resolveDeadlock(context);
}

// In loops: contexts may be nested deeper than the stack is.
function ensureNode(context: Context): Node {
  const known = nodeOf(context);
  if (known !== undefined) return known;
  const node = newNode(context);
  let child = context;
  for (let { parent } = context; parent !== undefined; { parent } = parent) {
    const parentNode = nodeOf(parent);
    ((parentNode ?? newNode(parent)).waitingChildren ??= new Set()).add(child);
    if (parentNode !== undefined) break;
    child = parent;
  }
  return node;
}

function newNode(context: Context): Node {
  const node: Node = { waits: new Set(), waitingChildren: undefined };
  context.waits = node;
  return node;
}

function dropIfIdle(context: Context): void {
  let child = context;
  for (let node = nodeOf(child)!; node.waits.size === 0 && node.waitingChildren === undefined;) {
    child.waits = undefined;
    const { parent } = child;
    const parentNode = parent === undefined ? undefined : nodeOf(parent);
    const siblings = parentNode?.waitingChildren;
    if (siblings === undefined) return;
    siblings.delete(child);
    if (siblings.size > 0) return;
    node = parentNode!;
    node.waitingChildren = undefined;
    child = parent!;
  }
}

function resolveDeadlock(context: Context): void {
  if (!mayBeStuck(nodeOf(context)!)) return;
  // Another circle may remain without that wait.
  for (let stuck = stuckContexts(context); stuck.size > 0; stuck = stuckContexts(context)) {
    const last = [...stuck]
      .flatMap((member) => [...nodeOf(member)!.waits])
      .filter((wait) => circle(wait, stuck) !== undefined)
      .reduce((a, b) => (a.order > b.order ? a : b));
    const error = deadlock(last, stuck);
    if (deadlockChannel.hasSubscribers && last.pool.event !== undefined) {
      deadlockChannel.publish({ ...last.pool.event, context: error.context, error } satisfies DeadlockEvent<object>);
    }
    last.pool.deadlocked?.(last.holder, error);
    last.reject(error);
  }
}

/** A quick test: mostly the first holder runs. */
function mayBeStuck({ waits, waitingChildren }: Node): boolean {
  if (waitingChildren !== undefined) return true;
  for (const wait of waits) if (allWait(wait.pool.blockers())) return true;
  return false;
}

function allWait(blockers: Iterable<Named> | undefined): boolean {
  if (blockers === undefined) return false;
  for (const holder of blockers)
    if (oneIn(holder, (context) => nodeOf(context) !== undefined) === undefined) return false;
  return true;
}

/** A context of a holder for which something is true. */
function oneIn(holder: Named, test: (context: Context) => boolean): Context | undefined {
  const { context, contexts } = holder as Partial<ContextHolder & JointHolder>;
  return contexts === undefined ? (test(context!) ? context : undefined) : contexts.find(test);
}

/** The greatest set of stuck contexts among those on which `start` depends; empty if `start` is not in it. */
function stuckContexts(start: Context): Set<Context> {
  const stuck = reachable(start);
  for (let changed = true; changed && stuck.has(start);) {
    changed = false;
    for (const context of stuck) {
      if (isStuck(context, stuck)) continue;
      stuck.delete(context);
      changed = true;
    }
  }
  // An ancestor may hold what a descendant waits for: circles run upwards too, so `start` itself need not wait.
  return stuck.has(start) ? stuck : new Set();
}

function isStuck(context: Context, stuck: ReadonlySet<Context>): boolean {
  const node = nodeOf(context);
  if (node === undefined) return false;
  for (const child of node.waitingChildren ?? []) if (stuck.has(child)) return true;
  for (const wait of node.waits) if (blockersWithin(wait, stuck) !== undefined) return true;
  return false;
}

/** The contexts that block a wait, if all of them are in the set and nothing else can serve it. */
function blockersWithin(wait: Wait, contexts: ReadonlySet<Context>): Context[] | undefined {
  const blockers = wait.pool.blockers();
  if (blockers === undefined) return undefined;
  const found: Context[] = [];
  for (const holder of blockers) {
    const context = oneIn(holder, (one) => contexts.has(one));
    if (context === undefined) return undefined;
    found.push(context);
  }
  return found.length === 0 ? undefined : found;
}

function reachable(start: Context): Set<Context> {
  const found = new Set<Context>([start]);
  for (const context of found) {
    const node = nodeOf(context);
    if (node === undefined) continue;
    for (const child of node.waitingChildren ?? []) found.add(child);
    for (const wait of node.waits) {
      const blockers = wait.pool.blockers();
      if (blockers === undefined) continue;
      for (const holder of blockers) {
        // A holder that runs can give back, so this wait is no deadlock.
        const waits = (one: Context): boolean => nodeOf(one) !== undefined;
        if (oneIn(holder, waits) === undefined) break;
        oneIn(holder, (one) => {
          if (waits(one)) found.add(one);
          return false;
        });
      }
    }
  }
  return found;
}

/** A step, and the steps before it. */
interface Way {
  readonly step: Step;
  readonly before: Way | undefined;
}

/** The shortest way around the circle, from the wait back to it. */
function circle(wait: Wait, stuck: ReadonlySet<Context>): Step[] | undefined {
  const home = (wait.holder as ContextHolder).context;
  const first: Step = { from: home, waitsFor: oneLine(wait.pool.label), isHeld: true };
  const ways = new Map<Context, Way>();
  for (const blocker of blockersWithin(wait, stuck) ?? []) ways.set(blocker, { step: first, before: undefined });
  for (const [context, way] of ways) {
    if (context === home) return stepsOf(way);
    for (const [next, step] of stepsFrom(context, stuck)) {
      if (!ways.has(next)) ways.set(next, { step, before: way });
    }
  }
  return undefined;
}

function stepsOf(way: Way): Step[] {
  const steps: Step[] = [];
  for (let at: Way | undefined = way; at !== undefined; at = at.before) steps.push(at.step);
  return steps.reverse();
}

function* stepsFrom(context: Context, stuck: ReadonlySet<Context>): Generator<[Context, Step]> {
  const node = nodeOf(context)!;
  for (const child of node.waitingChildren ?? []) {
    if (stuck.has(child)) yield [child, { from: context, waitsFor: `its child ${oneLine(child.name)}`, isHeld: false }];
  }
  for (const wait of node.waits) {
    for (const blocker of blockersWithin(wait, stuck) ?? []) {
      yield [blocker, { from: context, waitsFor: oneLine(wait.pool.label), isHeld: true }];
    }
  }
}

function deadlock(wait: Wait, stuck: ReadonlySet<Context>): ScopeError {
  const holder = wait.holder as ContextWaiter;
  return deadlocked(holder.context.name, wait.pool, circle(wait, stuck)!, holder.holders());
}

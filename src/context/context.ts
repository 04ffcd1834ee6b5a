import type { ScopeError } from "../base/errors.js";
import { type AsyncContext, type ContextOutcome, type ContextState, outcomeOf } from "./async-context.js";
import type { Abortable } from "../base/abort-source.js";
import { dependentsFirst } from "./held.js";
import type { Entry, Pending, RunningCall } from "./entry.js";
import { contextEnded, contextEnding, endedWhileWaiting } from "./errors.js";
import { PendingAcquisitions } from "./pending.js";
import { added, entryIn, free, NO_SLOTS, rewrite, type Slots } from "./slot.js";
import { JointSignal } from "./joint-signal.js";
import { type OpenLink, processState } from "./process-state.js";

function isAborted({ aborted }: Abortable): boolean {
  return aborted;
}

const NO_SIGNALS: readonly Abortable[] = [];

/** The context as the library sees it. */
export class Context implements AsyncContext, OpenLink {
  readonly id = processState.nextContextId++;
  readonly startedAt = Date.now();
  state: ContextState = "active";
  /** Instances and their entries. */
  slots: Slots = NO_SLOTS;
  #filled = 0;
  readonly parent: Context | undefined;
  /** Its own and those of the contexts around it. */
  signals: readonly Abortable[];
  /** What users see of them, once somebody has asked. */
  #joint: JointSignal | undefined;
  outcome: ContextOutcome | undefined;
  older: OpenLink;
  newer: OpenLink;
  readonly #name: string | undefined;
  /** What was taken last; below it is what was taken before. */
  #held: Entry | undefined;
  /** What it has ended while it is ending: the last one first. */
  #ended: Entry | undefined;
  /** Made when something has to be waited for. */
  #pending: PendingAcquisitions | undefined;
  #openChildren = 0;
  #onChildrenClosed: (() => void) | undefined;
  /** Calls still running, where the context waits for them at its end; then no instance stands in a slot. */
  readonly running: Set<RunningCall> | undefined;
  /** Called when the last of them has settled, while the end waits. */
  onCallsSettled: (() => void) | undefined;
  /** Its end is under way, or will be when its callback has settled. */
  isSeenTo = false;
  /** What its caller was thrown because the stack was full, and which context nobody could end before it. */
  failure: unknown;
  abandonedBefore: Context | undefined;
  /** An adapter has begun it, for a request: another adapter in it joins it. */
  isOfRequest = false;
  /** What users see of it, once somebody has looked. */
  view: AsyncContext | undefined;
  /** Deadlock detection's notes, see `scopes/deadlock.ts`. */
  waits: unknown;

  constructor(parent: Context | undefined, name?: string, signals = NO_SIGNALS, tracksCalls?: boolean) {
    this.parent = parent;
    this.#name = name;
    this.signals = signals;
    if (tracksCalls) this.running = new Set();
    parent?.childBegan();
    // Without a call, which a full stack would refuse: the parent waits for it by now.
    const { open } = processState;
    this.older = open.older;
    this.newer = open;
    open.older.newer = this;
    open.older = this;
  }

  /** Itself, also when seen through the store of a factory; see `scopes/creation/creation-graph.ts`. */
  get context(): Context {
    return this;
  }

  /** The instance whose factory runs, in the store of a factory. */
  get construction(): undefined {
    return undefined;
  }

  /** The call that runs, in the store of a call. */
  get call(): undefined {
    return undefined;
  }

  /** The transaction whose body runs, in the store of a body. */
  get transaction(): undefined {
    return undefined;
  }

  /** The parent may be of another copy of the package, whose private names are not ours. */
  childBegan(): void {
    this.#openChildren++;
  }

  childEnded(): void {
    if (--this.#openChildren === 0) this.#onChildrenClosed?.();
  }

  /** Something of its own is being ended before it ends: its end waits for that, as for a child, whether others do or not. */
  waitFor(ending: void | Promise<void>): void | Promise<void> {
    if (ending === undefined) return;
    this.childBegan();
    const over = (): void => this.childEnded();
    ending.then(over, over);
    return ending;
  }

  /** Made when somebody asks. */
  get signal(): AbortSignal {
    this.#joint ??= new JointSignal(this.state === "ended" ? NO_SIGNALS : this.signals, this.aborted);
    return this.#joint.signal;
  }

  /** The first of its signals that has aborted. */
  get aborted(): Abortable | undefined {
    return this.signals.length === 0 ? undefined : this.signals.find(isAborted);
  }

  /** Its callback has returned, or its promise has resolved. */
  completed(): void {
    this.outcome = outcomeOf(this.aborted, undefined);
  }

  failed(error: unknown): void {
    this.outcome = outcomeOf(this.aborted, { error });
  }

  /** For a reason that is no signal's. */
  abort(reason: unknown): void {
    // Children have a list of their own.
    this.signals = [...this.signals, AbortSignal.abort(reason)];
    this.#pending?.cancel(reason);
    this.#joint?.abort(reason);
  }

  /** Notes a value that was given to it, or that it has found in a context around it. */
  give(slot: number, value: object): void {
    // Where calls must be tracked, forwarders are not to find it.
    this.fill(slot, this.running === undefined ? value : undefined, value);
  }

  get name(): string {
    return this.#name ?? `context #${this.id}`;
  }

  /** Notes for a binding its instance (none while there is none, or calls must be tracked) and its entry. */
  fill(slot: number, instance: unknown, entry: unknown): void {
    if (this.slots !== NO_SLOTS && rewrite(this.slots, slot, instance, entry)) return;
    this.slots = added(this.slots, ++this.#filled, slot, instance, entry);
  }

  /** The entry of a binding, if any. */
  entry(slot: number): unknown {
    return entryIn(this.slots, slot);
  }

  clear(slot: number): void {
    if (free(this.slots, slot)) this.#filled--;
  }

  /** Notes that something was taken; it is ended before everything taken earlier that does not hold it. */
  hold(entry: Entry): void {
    const last = this.#held;
    entry.below = last;
    if (last !== undefined) last.above = entry;
    this.#held = entry;
  }

  /** Forgets what was given back before the end. */
  drop(entry: Entry): void {
    const { above, below } = entry;
    if (this.#held === entry) this.#held = below;
    else above!.below = below;
    if (below !== undefined) below.above = above;
    entry.above = undefined;
    entry.below = undefined;
  }

  /** Nothing is held, awaited or still running: the end takes no time. */
  get isIdle(): boolean {
    return (
      this.#held === undefined &&
      (this.#pending === undefined || this.#pending.isEmpty) &&
      this.#openChildren === 0 &&
      (this.running === undefined || this.running.size === 0)
    );
  }

  /**
   * Throws unless this context may take something new.
   *
   * @throws ScopeError `CONTEXT_ENDED`, `CONTEXT_ENDING`; the signal's reason once it is aborted.
   */
  assertOpen(service: string, member?: PropertyKey): void {
    if (this.state !== "active") throw this.closedError(service, member);
    for (const signal of this.signals) signal.throwIfAborted();
  }

  closedError(service: string, member?: PropertyKey): ScopeError {
    return (this.state === "ending" ? contextEnding : contextEnded)(this, service, member);
  }

  /** Notes an acquisition that is under way: the end or the abort of the context cancels it. */
  addPending(pending: Pending): void {
    (this.#pending ??= new PendingAcquisitions(this)).add(pending);
  }

  removePending(pending: Pending): void {
    this.#pending?.remove(pending);
  }

  /** From now on nothing is acquired; acquisitions that are under way are rejected. */
  beginEnding(): void {
    this.state = "ending";
    const pending = this.#pending;
    if (pending?.isEmpty === false) pending.cancel(endedWhileWaiting(this, pending.services));
  }

  /** What holds others comes before them from now on. */
  orderHeld(): void {
    if (this.#held?.below !== undefined) this.#held = dependentsFirst(this.#held);
  }

  /** Takes the next entry off the list, until there is none: the one that was taken last, or the one that is to end next. */
  popHeld(): Entry | undefined {
    const held = this.#held;
    if (held !== undefined) this.drop(held);
    return held;
  }

  /** Notes what is ended at the end of the context, and may be called by its proxy until the context has ended. */
  noteEnded(entry: Entry): void {
    entry.below = this.#ended;
    this.#ended = entry;
  }

  /** What it had of a source, and has ended, while it is ending. */
  ended(source: object): Entry | undefined {
    let entry = this.#ended;
    while (entry !== undefined && entry.source !== source) entry = entry.below;
    return entry;
  }

  /** The services of which it holds an instance, in the order in which they were taken. */
  get holds(): string[] {
    const services: string[] = [];
    for (let entry = this.#held; entry !== undefined; entry = entry.below) services.push(entry.service);
    return services.reverse();
  }

  /** The services for an instance of which it waits. */
  get waitsFor(): string[] {
    return this.#pending?.services ?? [];
  }

  get hasChildren(): boolean {
    return this.#openChildren > 0;
  }

  /** Resolves when the last of the children that are open has ended. */
  childrenClosed(): Promise<void> {
    return new Promise((resolve) => (this.#onChildrenClosed = resolve));
  }

  /** Lets go of everything: an ended context may be kept alive by a socket or a timer, its instances may not. */
  close(): void {
    this.state = "ended";
    this.older.newer = this.newer;
    this.newer.older = this.older;
    this.older = this;
    this.newer = this;
    this.slots = NO_SLOTS;
    this.#held = undefined;
    this.#ended = undefined;
    this.#joint?.stop();
    this.parent?.childEnded();
    const { watchers } = processState;
    if (watchers.size > 0) for (const watch of watchers) watch(this);
  }
}

import type { ScopeError } from "../base/errors.js";
import { type AsyncContext, type ContextOutcome, type ContextState, outcomeOf } from "./async-context.js";
import type { Abortable } from "../base/abort-source.js";
import { dependentsFirst } from "./held.js";
import type { Entry, Pending } from "./entry.js";
import { contextEnded, contextEnding, endedWhileWaiting } from "./errors.js";
import { ContextExtras, type RunningCalls } from "./extras.js";
import { PendingAcquisitions } from "./pending.js";
import { added, entryIn, free, NO_SLOTS, rewrite, show, type Slots } from "./slot.js";
import { JointSignal } from "./joint-signal.js";
import { type OpenLink, processState } from "./process-state.js";
import { sinceEpoch, sinceLoaded } from "./since-loaded.js";

const NO_SIGNALS: readonly Abortable[] = [];

/** The context as the library sees it. What few contexts have stands in {@link ContextExtras}. */
export class Context implements AsyncContext, OpenLink {
  readonly id = processState.nextContextId++;
  readonly #began = sinceLoaded();
  state: ContextState = "active";
  /** The table of its instances and their entries. */
  slots: Slots = NO_SLOTS;
  #filled = 0;
  readonly parent: Context | undefined;
  /** Its own signals and those of the contexts around it. */
  signals: readonly Abortable[];
  outcome: ContextOutcome | undefined;
  older: OpenLink;
  newer: OpenLink;
  readonly #name: string | undefined;
  /** The entry that was acquired last; below it is what was acquired before. */
  #held: Entry | undefined;
  /** The end is under way, or begins when the callback has settled. */
  isSeenTo = false;
  /** If a full stack kept it from being ended: the error that its caller got, and the context that was abandoned before it. */
  failure: unknown;
  abandonedBefore: Context | undefined;
  /** An adapter has begun it for a request; another adapter inside joins it. */
  isOfRequest = false;
  #extras: ContextExtras | undefined;

  constructor(parent: Context | undefined, name?: string, signals = NO_SIGNALS, tracksCalls?: boolean) {
    this.parent = parent;
    this.#name = name;
    this.signals = signals;
    if (tracksCalls) this.#extras = new ContextExtras(true);
    parent?.childBegan();
    // Without a call, since a full stack would refuse one, and the parent waits for this context already.
    const { open } = processState;
    this.older = open.older;
    this.newer = open;
    open.older.newer = this;
    open.older = this;
  }

  /** Itself: stores inside a context have the same four properties, see `inner-store.ts`. */
  get context(): Context {
    return this;
  }

  /** The factory that runs; only in the store of a factory. */
  get construction(): undefined {
    return undefined;
  }

  /** The call that runs; only in the store of a call. */
  get call(): undefined {
    return undefined;
  }

  /** The transaction whose body runs; only in the store of a body. */
  get transaction(): undefined {
    return undefined;
  }

  get startedAt(): number {
    return sinceEpoch(this.#began);
  }

  /** Not private: private methods cost each object of their class a field. */
  protected ensureExtras(): ContextExtras {
    return (this.#extras ??= new ContextExtras(false));
  }

  /** The calls that are running, if the end waits for them. Then no instance stands in the table, so that each call is seen. */
  get running(): RunningCalls | undefined {
    return this.#extras?.running;
  }

  get view(): AsyncContext | undefined {
    return this.#extras?.view;
  }

  set view(view: AsyncContext | undefined) {
    this.ensureExtras().view = view;
  }

  get waits(): unknown {
    return this.#extras?.waits;
  }

  set waits(waits: unknown) {
    this.ensureExtras().waits = waits;
  }

  /** Public, since the parent may belong to another copy of the package, whose private names differ. */
  childBegan(): void {
    this.ensureExtras().openChildren++;
  }

  childEnded(): void {
    const extras = this.ensureExtras();
    if (--extras.openChildren === 0) extras.onChildrenClosed?.();
  }

  /** Makes the end of the context wait for an end that began before it, as for a child. */
  waitFor(ending: void | Promise<void>): void | Promise<void> {
    if (ending === undefined) return;
    this.childBegan();
    const over = (): void => this.childEnded();
    ending.then(over, over);
    return ending;
  }

  get signal(): AbortSignal {
    const extras = this.ensureExtras();
    extras.joint ??= new JointSignal(this.state === "ended" ? NO_SIGNALS : this.signals, this.aborted);
    return extras.joint.signal;
  }

  /** The first of its signals that has aborted. */
  get aborted(): Abortable | undefined {
    for (const signal of this.signals) if (signal.aborted) return signal;
    return undefined;
  }

  /** Its callback has returned, or its promise has resolved. */
  completed(): void {
    this.outcome = outcomeOf(this.aborted, undefined);
  }

  failed(error: unknown): void {
    this.outcome = outcomeOf(this.aborted, { error });
  }

  /** Aborts it for a reason of the library's own. */
  abort(reason: unknown): void {
    // A new list: children have the old one.
    this.signals = [...this.signals, AbortSignal.abort(reason)];
    this.#extras?.abort(reason);
  }

  /** Notes a context value that it was given, or that it found in a context around it. */
  give(slot: number, value: object): void {
    // Where calls are tracked, forwarders must not find it.
    this.fill(slot, this.running === undefined ? value : undefined, value);
  }

  get name(): string {
    return this.#name ?? `context #${this.id}`;
  }

  /** Sets a binding's instance, which is `undefined` until it is there and where calls are tracked, and its entry. */
  fill(slot: number, instance: unknown, entry: unknown): void {
    if (this.slots !== NO_SLOTS && rewrite(this.slots, slot, instance, entry)) return;
    this.slots = added(this.slots, ++this.#filled, slot, instance, entry);
  }

  /** The same, if the entry is there already. */
  show(slot: number, instance: unknown, entry: unknown): void {
    if (!show(this.slots, slot, instance)) this.fill(slot, instance, entry);
  }

  /** The entry of a binding, if any. */
  entry(slot: number): unknown {
    return entryIn(this.slots, slot);
  }

  clear(slot: number): void {
    if (free(this.slots, slot)) this.#filled--;
  }

  /** Notes what was acquired. It ends before everything acquired earlier, unless that holds it. */
  hold(entry: Entry): void {
    const last = this.#held;
    entry.below = last;
    if (last !== undefined) last.above = entry;
    this.#held = entry;
  }

  /** Forgets what ended before the context's end. */
  drop(entry: Entry): void {
    const { above, below } = entry;
    if (this.#held === entry) this.#held = below;
    else above!.below = below;
    if (below !== undefined) below.above = above;
    entry.above = undefined;
    entry.below = undefined;
  }

  /** It holds nothing, waits for nothing, and no call is running: its end takes no time. */
  get isIdle(): boolean {
    return this.#held === undefined && (this.#extras === undefined || this.#extras.isIdle);
  }

  /**
   * Throws unless this context may acquire something new.
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
    (this.ensureExtras().pending ??= new PendingAcquisitions(this)).add(pending);
  }

  removePending(pending: Pending): void {
    this.#extras?.pending?.remove(pending);
  }

  /** From now on nothing is acquired; acquisitions that are under way are rejected. */
  beginEnding(): void {
    this.state = "ending";
    const pending = this.#extras?.pending;
    if (pending?.isEmpty === false) pending.cancel(endedWhileWaiting(this, pending.services));
  }

  /** Puts what it holds into the order of ending: dependents before what they hold. */
  orderHeld(): void {
    if (this.#held?.below !== undefined) this.#held = dependentsFirst(this.#held);
  }

  /** Removes and returns the next entry to end. */
  popHeld(): Entry | undefined {
    const held = this.#held;
    if (held !== undefined) this.drop(held);
    return held;
  }

  /** Notes an ended entry whose instance the proxy may still call until the context has ended. */
  noteEnded(entry: Entry): void {
    const extras = this.ensureExtras();
    entry.below = extras.ended;
    extras.ended = entry;
  }

  /** The ended entry of a source, while the context is ending. */
  ended(source: object): Entry | undefined {
    let entry = this.#extras?.ended;
    while (entry !== undefined && entry.source !== source) entry = entry.below;
    return entry;
  }

  /** The services whose instances it holds, in the order of acquisition. */
  get holds(): string[] {
    const services: string[] = [];
    for (let entry = this.#held; entry !== undefined; entry = entry.below) services.push(entry.service);
    return services.reverse();
  }

  /** The services for whose instances it waits. */
  get waitsFor(): string[] {
    return this.#extras?.pending?.services ?? [];
  }

  get hasChildren(): boolean {
    return this.#extras !== undefined && this.#extras.openChildren > 0;
  }

  /** Resolves when the last of the children that are open has ended. */
  childrenClosed(): Promise<void> {
    return new Promise((resolve) => (this.ensureExtras().onChildrenClosed = resolve));
  }

  /** Lets go of everything: a socket or a timer may keep an ended context alive, but not its instances. */
  close(): void {
    this.state = "ended";
    this.older.newer = this.newer;
    this.newer.older = this.older;
    this.older = this;
    this.newer = this;
    this.slots = NO_SLOTS;
    this.#held = undefined;
    this.#extras?.close();
    this.parent?.childEnded();
    const { watchers } = processState;
    if (watchers.size > 0) for (const watch of watchers) watch(this);
  }
}

import type { AsyncContext, ContextOutcome, ContextState } from "./async-context.js";
import type { Context } from "./context.js";

/** The object that users see of a context, always the same for one context: for reading, logging and comparing. */
class ContextView implements AsyncContext {
  readonly id: number;
  readonly name: string;
  readonly parent: AsyncContext | undefined;
  readonly startedAt: number;
  readonly #context: Context;

  constructor(context: Context) {
    this.id = context.id;
    this.name = context.name;
    this.parent = context.parent?.view;
    this.startedAt = context.startedAt;
    this.#context = context;
  }

  get state(): ContextState {
    return this.#context.state;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get outcome(): ContextOutcome | undefined {
    return this.#context.outcome;
  }

  toJSON(): object {
    const { id, name, state, startedAt, parent } = this;
    return { id, name, state, startedAt, parent };
  }
}

export function viewOf(context: Context): AsyncContext {
  return context.view ?? newView(context);
}

/** Begins with the outermost context, in a loop: contexts may be nested deeper than the stack is. */
function newView(context: Context): AsyncContext {
  const unseen: Context[] = [];
  for (let one: Context | undefined = context; one !== undefined && one.view === undefined; one = one.parent) {
    unseen.push(one);
  }
  for (const one of unseen.toReversed()) one.view = new ContextView(one);
  return context.view!;
}

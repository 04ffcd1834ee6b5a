import type { AsyncContext, Context, ContextState } from "./context.js";

/** What users see of a context: always the same object for one context, to be read, logged and compared. */
class ContextView implements AsyncContext {
  readonly id: number;
  readonly name: string;
  readonly parent: AsyncContext | undefined;
  readonly startedAt: number;
  readonly #context: Context;

  constructor(context: Context) {
    this.id = context.id;
    this.name = context.name;
    this.parent = context.parent === undefined ? undefined : viewOf(context.parent);
    this.startedAt = context.startedAt;
    this.#context = context;
  }

  get state(): ContextState {
    return this.#context.state;
  }

  get signal(): AbortSignal | undefined {
    return this.#context.signal;
  }

  toJSON(): object {
    const { id, name, state, startedAt, parent } = this;
    return { id, name, state, startedAt, parent };
  }
}

export function viewOf(context: Context): AsyncContext {
  return (context.view ??= new ContextView(context));
}

import { perAsyncContext } from "inversify-scopes";

/** Who asks. Each request has one of its own; singletons may hold it all the same. */
@perAsyncContext()
export class CurrentUser {
  #name: string | undefined;

  /** Called by the server as the first thing in a request. A real service would check a token here. */
  signIn(name: unknown): void {
    if (typeof name !== "string" || name === "") throw new NotSignedIn();
    this.#name = name;
  }

  get name(): string {
    if (this.#name === undefined) throw new NotSignedIn();
    return this.#name;
  }
}

/** Answered with 401. */
export class NotSignedIn extends Error {
  readonly statusCode = 401;

  constructor() {
    super("Who are you? Send the header x-user.");
  }
}

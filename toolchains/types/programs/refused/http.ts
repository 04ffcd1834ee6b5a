// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { inContext, inFetch, inRequest, requestContext } from "inversify-scopes/http";

//! 'nmae' does not exist in type 'AdapterOptions
inContext(() => 1, { nmae: "x" });
//! Type 'AbortSignal' is not assignable to type
inContext(() => 1, { signal: AbortSignal.abort() });
//! Argument of type 'string' is not assignable to parameter of type '(this: unknown
inContext("handler");
//! Type '() => number' is not assignable to type
requestContext({ values: () => 1 });
//! No overload matches this call
inRequest((ctx: { body: string }, next: () => Promise<void>) => next());
//! Type 'string' is not assignable to type
inFetch(() => "text");

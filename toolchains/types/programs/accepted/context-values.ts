import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type AsyncContext,
  type ContextOutcome,
  type ContextValue,
  type ContextValueOptions,
  contextValue,
  currentContext,
  detach,
  openContexts,
  runInContext,
  setContextValue,
  shutdown,
} from "inversify-scopes";
import { container, Db, Replica } from "../services.js";

interface Tenant {
  readonly name: string;
}

container.bind(Db).toContextValue();
container.bind(Db).toContextValue({ shape: Db, proxy: "full", jitless: true }).whenNamed("db").getIdentifier();
container
  .bind<Tenant>("tenant")
  .toContextValue()
  .when(() => true);
container.bind<string[]>("roles").toContextValue({ shape: Array });
container.bind("unknown").toContextValue();
const options: ContextValueOptions<Tenant> = { shape: Object };
container.bind<Tenant>("tenant").toContextValue(options);

// The value is what the proxy stands for, or more.
export async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  proxies: { request: IncomingMessage; response: ServerResponse; db: Db; tenant: Tenant; say: (text: string) => void },
): Promise<string> {
  const values: ContextValue[] = [
    contextValue(proxies.request, request),
    contextValue(proxies.response, response),
    contextValue(proxies.db, new Replica()),
    contextValue(proxies.say, (text) => console.log(text.length)),
  ];
  await detach({ values }, () => {});
  return runInContext({ values, name: "request" }, () => {
    setContextValue(proxies.tenant, { name: "acme" });
    setContextValue<Tenant>(container.get<Tenant>("tenant"), { name: "acme" });
    const { signal, outcome }: AsyncContext = currentContext()!;
    const aborted: boolean = signal.aborted;
    return `${aborted} ${describe(outcome)} ${openContexts().length}`;
  });
}

function describe(outcome: ContextOutcome | undefined): string {
  if (outcome?.status === "failed") return String(outcome.error);
  if (outcome?.status === "aborted") return `${String(outcome.reason)} ${String(outcome.error)}`;
  return outcome?.status ?? "running";
}

export const ended: Promise<void> = shutdown(container, { graceMs: 5_000 });

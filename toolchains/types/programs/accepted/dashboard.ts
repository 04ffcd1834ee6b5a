// The dashboard on servers of Node and of fetch, and the report as a value.
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { dashboard, type Dashboard, type DashboardOptions } from "inversify-scopes/dashboard";
import { type HolderReport, type PoolReport, report, type Report } from "inversify-scopes/metrics";
import { container } from "../services.js";

const options: DashboardOptions = {
  facts: true,
  title: "orders",
  authorize: async ({ headers }) => headers.get("authorization") === "token",
};
const board: Dashboard = dashboard(container, options);
createServer(board.listener);
createHttp2Server(board.listener);
/** As route handlers of Next. */
export const GET: (request: Request) => Promise<Response> = board;

const { contexts, pools, incidents, bindings }: Report = report(container, { facts: false });
const busy: PoolReport[] = pools.filter(({ waiting }) => waiting > 0);
const holders: HolderReport[] = busy.flatMap((pool) => pool.holders);
const longest: number = Math.max(...holders.map(({ heldMs }) => heldMs));
const texts: string[] = [
  ...contexts.map(({ name, holds }) => `${name}: ${holds.join()}`),
  ...incidents.map(({ code }) => code),
];
export const told = { longest, texts, ids: bindings.map(({ id }) => id) };

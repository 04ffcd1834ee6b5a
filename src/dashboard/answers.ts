import { processWarning } from "../base/process-warning.js";
import { summarizeError } from "../base/summarize-error.js";
import { timeLimit } from "../base/time-limit.js";
import type { Report } from "../metrics/report.js";
import { NOTHING, type Page } from "./document.js";
import { routeOf } from "./route.js";

/** What goes back, whatever the server is. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the dashboard answers from. */
export interface Shown {
  readonly page: Page;
  readonly report: () => Report;
  readonly authorize: ((request: Request) => unknown) | undefined;
}

/** `authorize` has so long to say whether. */
const AUTHORIZE_MS = 10_000;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": NOTHING,
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** The page asks again and again: of each dashboard, one failure is told. */
const told = new WeakSet<Shown>();

/**
 * Answers a request. Never rejects; who asks is told of a failure that there was one, and the process what it was.
 *
 * @param path - where the request goes
 * @param isFromMount - that is told from the dashboard's place on
 */
export async function answerTo(shown: Shown, request: Request, path: string, isFromMount = false): Promise<Answer> {
  try {
    const allowed = await isAllowed(shown, request);
    if (allowed === undefined) return text(503, "It takes too long to find out whether you may see this.");
    return allowed ? answerAllowed(shown, request, path, isFromMount) : text(403, "Not allowed.");
  } catch (error) {
    const message = `dashboard: authorize or the report failed, and the request was answered 500: ${summarizeError(error)}`;
    if (!told.has(shown)) processWarning("ScopesWarning", "DASHBOARD_FAILED", message, error);
    told.add(shown);
    return text(500, "Something went wrong; the server's log has more.");
  }
}

/** @returns nothing if `authorize` does not answer in time */
async function isAllowed({ authorize }: Shown, request: Request): Promise<boolean | undefined> {
  if (authorize === undefined) return true;
  let lift!: () => void;
  const late = new Promise<undefined>((resolve) => (lift = timeLimit(AUTHORIZE_MS, () => resolve(undefined), false)));
  try {
    // Nothing but `true` will do: what is forgotten to be returned is no permission.
    const asked = Promise.resolve(authorize(request)).then((allowed) => allowed === true);
    return await Promise.race([asked, late]);
  } finally {
    lift();
  }
}

function answerAllowed({ page, report }: Shown, request: Request, path: string, isFromMount: boolean): Answer {
  const route = routeOf(path, isFromMount, request.headers.get("accept"));
  if (route === "nothing") return text(404, "Not found.");
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed();
  if (route === "report") return answer(200, "application/json", JSON.stringify(report()));
  if (route === "page") return answer(200, "text/html", page.html, page.policy);
  const here = text(307, "The page is at this address with a slash at its end.");
  return { ...here, headers: { ...here.headers, location: `./${path.slice(path.lastIndexOf("/") + 1)}/` } };
}

export function notAllowed(): Answer {
  const { status, headers, body } = text(405, "Only GET and HEAD.");
  return { status, headers: { ...headers, allow: "GET, HEAD" }, body };
}

function text(status: number, body: string): Answer {
  return answer(status, "text/plain", `${body}\n`);
}

function answer(status: number, type: string, body: string, policy = NOTHING): Answer {
  return {
    status,
    headers: { ...HEADERS, "content-security-policy": policy, "content-type": `${type}; charset=utf-8` },
    body,
  };
}

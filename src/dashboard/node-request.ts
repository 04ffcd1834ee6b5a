import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** What stands before a path where nothing is known of the server. */
const ANY_SERVER = "http://localhost";

/** The path that a request's line names; a proxy may be asked with a whole address. */
export function pathOf(url: string): string {
  return urlOf(url, ANY_SERVER).pathname;
}

/**
 * Node's request as fetch has it, without a body: with the whole address, also where a framework has cut off the path at which
 * the dashboard is mounted.
 *
 * @returns nothing for what fetch refuses, as the method TRACE
 */
export function asRequest(req: IncomingMessage | Http2ServerRequest): Request | undefined {
  const { originalUrl = req.url! } = req as { readonly originalUrl?: string };
  const scheme = "encrypted" in req.socket ? "https" : "http";
  const host = req.headers[":authority"] ?? req.headers.host;
  const headers = Object.entries(req.headers)
    .filter(([name]) => !name.startsWith(":"))
    .flatMap(([name, value = []]) => [value].flat().map((one): [string, string] => [name, one]));
  try {
    return new Request(urlOf(originalUrl, `${scheme}://${String(host)}`), { method: req.method!, headers });
  } catch {
    return undefined;
  }
}

/** What cannot be understood is nowhere: a path that is not there. */
function urlOf(url: string, server: string): URL {
  const whole = url.startsWith("/") ? server + url : url;
  if (URL.canParse(whole)) return new URL(whole);
  // The server's name may be at fault, which whoever asks has written.
  return new URL(ANY_SERVER + (url.startsWith("/") ? url : "/*"));
}

/** What requests of all kinds have. */
export interface Named {
  /** Such as `GET`. */
  readonly method?: string | undefined;
  /** The path with its query. */
  readonly url?: string | undefined;
}

/** Express removes from `url` the part of the path that it has matched. */
interface NodeNamed extends Named {
  readonly originalUrl?: string | undefined;
  /** Inside a route, whose pattern tells more than the path. */
  readonly route?: { readonly path?: unknown } | undefined;
  readonly baseUrl?: string | undefined;
}

/** Fastify knows the route before the first hook, if it has one for the request. */
interface FastifyNamed {
  readonly method: string;
  readonly url: string;
  readonly routeOptions: { readonly url?: string | undefined };
}

/** `METHOD /path`, without the query, which may hold secrets. */
export function nameOfRequest(request: NodeNamed): string {
  const pattern = request.route?.path;
  const path = typeof pattern === "string" ? (request.baseUrl ?? "") + pattern : pathOf(addressOf(request));
  return `${request.method} ${path}`;
}

function addressOf(request: NodeNamed): string {
  return request.originalUrl ?? request.url ?? "";
}

export function nameOfRoute({ method, url, routeOptions }: FastifyNamed): string {
  return `${method} ${routeOptions.url ?? pathOf(url)}`;
}

/** The path of an address as a client sends it: `/path?query`, `http://host/path?query`, `*`. */
function pathOf(url: string): string {
  const from = url.startsWith("/") ? 0 : afterHost(url);
  const [query, fragment] = [url.indexOf("?", from), url.indexOf("#", from)];
  const to = fragment < 0 || (query >= 0 && query < fragment) ? query : fragment;
  return (to < 0 ? url.slice(from) : url.slice(from, to)) || "/";
}

function afterHost(url: string): number {
  const scheme = url.indexOf("://");
  if (scheme < 0) return 0;
  const host = url.slice(scheme + 3).search(/[/?#]/);
  return host < 0 ? url.length : scheme + 3 + host;
}

/** What a request is for. */
export type Route = "page" | "report" | "visit" | "nothing";

/**
 * @param path - as the server sees it
 * @param isFromMount - a framework has cut off the path at which the dashboard is mounted; else it may be mounted anywhere
 * @returns `visit` where a browser goes to what may be the place of the dashboard without the slash at its end
 */
export function routeOf(path: string, isFromMount: boolean, accept: string | null): Route {
  if (isFromMount && path.lastIndexOf("/") > 0) return "nothing";
  const last = path.slice(path.lastIndexOf("/") + 1);
  if (last === "") return "page";
  if (last === "report.json") return "report";
  const isVisit = !isFromMount && accept?.includes("text/html") === true && !last.includes(".");
  return isVisit ? "visit" : "nothing";
}

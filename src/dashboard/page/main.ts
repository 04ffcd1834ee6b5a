/**
 * The script of the page: asks for the report every two seconds and shows it. `scripts/bundle.mjs` makes one text of it.
 *
 * @module
 */
import type { Report } from "../../metrics/index.js";
import { timeOfDay } from "./format.js";
import { History, keyed } from "./history.js";
import { type DomDocument, type DomNode, Renderer } from "./render.js";
import { type Actions, type State, view } from "./view.js";

/** What is needed of the browser. */
export interface Browser {
  readonly document: DomDocument & {
    readonly hidden: boolean;
    getElementById(id: string): DomNode | null;
    addEventListener(name: "visibilitychange", listener: () => void): void;
  };
  readonly location: { readonly pathname: string };
  readonly performance: { now(): number };
  fetch(url: string, options: object): Promise<{ readonly status: number; json(): Promise<unknown> }>;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

const EVERY_MS = 2_000;
/** After failures it asks less often. */
const AT_MOST_EVERY_MS = 16_000;
const PATIENCE_MS = 15_000;
/** So few pools are opened from the start. */
const FEW_POOLS = 4;

export function start(browser: Browser): void {
  const { document, location } = browser;
  const page = new Page(browser, `${location.pathname.replace(/\/$/, "")}/report.json`);
  document.addEventListener("visibilitychange", () => page.go());
  page.go();
}

class Page implements Actions {
  readonly #browser: Browser;
  readonly #renderer: Renderer;
  readonly #history = new History();
  /** Pools that were seen before: whether they are opened is up to whoever looks. */
  #seen = new Set<string>();
  readonly #opened = new Set<string>();
  #state: State;
  #timer: unknown;
  #isAsking = false;
  #failures = 0;
  #failedFirst = 0;

  constructor(browser: Browser, source: string) {
    const { document } = browser;
    this.#browser = browser;
    this.#renderer = new Renderer(document, document.getElementById("page")!);
    this.#state = {
      report: undefined,
      history: this.#history,
      trouble: undefined,
      isPaused: false,
      filter: "",
      opened: this.#opened,
      showsAll: false,
      source,
    };
    this.#show({});
  }

  filter(filter: string): void {
    this.#show({ filter });
  }

  pause(): void {
    this.#show({ isPaused: !this.#state.isPaused });
    this.go();
  }

  showAll(): void {
    this.#show({ showsAll: true });
  }

  toggle(key: string, isOpen: boolean): void {
    // The browser tells of those, too, that were open from the start.
    if (this.#opened.has(key) === isOpen) return;
    if (isOpen) this.#opened.add(key);
    else this.#opened.delete(key);
    this.#show({});
  }

  /** Asks now, or not for the time being. */
  go(): void {
    this.#browser.clearTimeout(this.#timer);
    const { isPaused } = this.#state;
    if (!isPaused && !this.#browser.document.hidden && !this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const { performance } = this.#browser;
    const began = performance.now();
    const report = await this.#fetched().catch((error: unknown) => this.#failed(error));
    this.#isAsking = false;
    if (report !== undefined) this.#failures = 0;
    // A report that takes long is not asked for as often.
    const ms = Math.max(Math.min(EVERY_MS * 2 ** this.#failures, AT_MOST_EVERY_MS), 4 * (performance.now() - began));
    this.#timer = this.#browser.setTimeout(() => this.go(), ms);
    if (report !== undefined) this.#answered(report);
  }

  async #fetched(): Promise<Report> {
    const options = {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { accept: "application/json" },
    };
    const response = await this.#browser.fetch(this.#state.source, options);
    if (response.status !== 200) throw new WrongAnswer(response.status);
    return (await response.json()) as Report;
  }

  #answered(report: Report): void {
    const keys = [...keyed(report.pools).keys()];
    for (const key of keys) if (keys.length <= FEW_POOLS && !this.#seen.has(key)) this.#opened.add(key);
    this.#seen = new Set(keys);
    this.#history.add(report.at, report.pools);
    this.#show({ report, trouble: undefined });
  }

  #failed(error: unknown): undefined {
    if (++this.#failures === 1) this.#failedFirst = Date.now();
    const how = error instanceof WrongAnswer ? error.message : "The server does not answer.";
    this.#show({ trouble: `${how} Tried first at ${timeOfDay(this.#failedFirst)}; the page tries on.` });
  }

  #show(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#renderer.show(view(this.#state, this));
  }
}

/** An answer that is no report. */
class WrongAnswer extends Error {
  constructor(status: number) {
    const isRefused = status === 401 || status === 403;
    super(isRefused ? "You are not allowed to see this." : `The server answers with the status ${status}.`);
  }
}

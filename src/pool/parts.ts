import { Acquiring, type AcquiringPort } from "./acquiring.js";
import { Closing, type ClosingPort } from "./closing.js";
import { Creating, type CreatingPort } from "./creating.js";
import { Destroying, type DestroyingPort } from "./destroying.js";
import { Draining, type DrainingPort } from "./draining.js";
import type { Holders } from "./holders.js";
import { Housekeeping, type HousekeepingPort } from "./housekeeping.js";
import { LeaseWatch, type LeaseWatchPort } from "./lease-watch.js";
import { Ledger } from "./ledger.js";
import { Lending, type LendingPort } from "./lending.js";
import type { Settings } from "./options.js";
import { Readiness, type ReadinessPort } from "./readiness.js";
import { Returning, type ReturningPort } from "./returning.js";
import type { SharingPort } from "./sharing.js";
import type { Timers } from "./time/timers.js";
import { Tools } from "./tools.js";
import { Trying, type TryingPort } from "./trying.js";

/** All that the parts ask of the pool. */
export interface Ports<T>
  extends
    AcquiringPort<T>,
    TryingPort<T>,
    LendingPort<T>,
    ReturningPort<T>,
    DrainingPort<T>,
    CreatingPort<T>,
    DestroyingPort<T>,
    HousekeepingPort<T>,
    LeaseWatchPort<T>,
    ReadinessPort,
    SharingPort<T>,
    ClosingPort<T> {}

/**
 * What a pool consists of: its books, the tools, and an activity for each stage in the life of an instance. The constructor makes
 * what the first lease needs. The getters make the rest when it is first needed, as many pools never need it.
 *
 * It is the base of the scheduler, and no object beside it, so that a pool is small.
 */
export abstract class Parts<T> {
  readonly ledger: Ledger<T>;
  readonly acquiring: Acquiring<T>;
  readonly trying: Trying<T>;
  readonly creating: Creating<T>;
  protected readonly tools: Tools<T>;
  protected readonly lending: Lending<T>;
  protected readonly returning: Returning<T>;
  protected readonly leaseWatch: LeaseWatch<T>;
  #housekeeping: Housekeeping<T> | undefined;
  #draining: Draining<T> | undefined;
  #destroying: Destroying<T> | undefined;
  #readiness: Readiness<T> | undefined;
  #closing: Closing<T> | undefined;

  constructor(settings: Settings<T>, pool: object) {
    const port = this.port();
    const ledger = new Ledger(settings, pool);
    const tools = new Tools(ledger);
    this.ledger = ledger;
    this.tools = tools;
    this.acquiring = new Acquiring(ledger, tools, port);
    this.trying = new Trying(ledger, this.acquiring, port);
    this.lending = new Lending(ledger, tools, this.acquiring, port);
    this.returning = new Returning(ledger, tools, port);
    this.creating = new Creating(ledger, tools, this.returning, port);
    this.leaseWatch = new LeaseWatch(ledger, tools, port);
  }

  /** Who answers the parts. */
  protected abstract port(): Ports<T>;

  get timers(): Timers {
    return this.tools.timers;
  }

  get holders(): Holders<T> {
    return this.tools.holders;
  }

  /** Made when time does something to an instance: it grows old, is checked or may go while it is idle. */
  protected get housekeeping(): Housekeeping<T> {
    return (this.#housekeeping ??= new Housekeeping(this.ledger, this.tools, this.port()));
  }

  /** Made when a lease ends while its instance is in use. */
  protected get draining(): Draining<T> {
    return (this.#draining ??= new Draining(this.ledger, this.tools, this.port()));
  }

  /** Made when the first instance goes. */
  protected get destroying(): Destroying<T> {
    return (this.#destroying ??= new Destroying(this.ledger, this.tools, this.port()));
  }

  /** Made when somebody waits for what is made ahead. */
  get readiness(): Readiness<T> {
    return (this.#readiness ??= new Readiness(this.ledger, this.port()));
  }

  /** The same, if somebody ever has: each new instance asks. */
  protected get knownReadiness(): Readiness<T> | undefined {
    return this.#readiness;
  }

  /** Made when the pool closes. */
  get closing(): Closing<T> {
    return (this.#closing ??= new Closing(this.ledger, this.tools, this.port()));
  }
}

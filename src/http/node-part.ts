import type { NodeRequest, NodeResponse, Part } from "./exchange.js";
import { nameOfRequest } from "./naming.js";
import type { AnyOptions } from "./options.js";

/** The part of an adapter that gets Node's request and response. */
export abstract class NodePart implements Part {
  abstract readonly adapter: string;

  constructor(
    readonly request: NodeRequest,
    readonly response: NodeResponse,
    readonly options: AnyOptions,
  ) {}

  abstract call(): unknown;
  abstract refuse(error: unknown): unknown;

  get args(): readonly unknown[] {
    return [this.request, this.response];
  }

  defaultName(): string {
    return nameOfRequest(this.request);
  }

  isHandedOver(): boolean {
    return this.request.upgrade === true;
  }
}

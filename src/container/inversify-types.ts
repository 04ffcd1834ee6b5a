import type { BindingActivation, BindingDeactivation, ResolutionContext, ServiceIdentifier } from "inversify";

/**
 * The parts of inversify's plugin context and plans that this folder reads, told by their structure: the package that
 * declares them moves its major version inside inversify 8.
 */
export interface InversifyBinding {
  readonly id: number;
  readonly type: string;
  readonly serviceIdentifier: ServiceIdentifier;
  readonly scope?: string;
  /** Of a constant. */
  readonly value?: unknown;
  readonly implementationType?: InversifyClass;
  readonly targetServiceIdentifier?: ServiceIdentifier;
}

export type InversifyClass = abstract new (...args: never[]) => object;

export interface InversifyServices {
  readonly bindingService: {
    get(service: ServiceIdentifier): Iterable<InversifyBinding> | undefined;
    getNonParentBindings(service: ServiceIdentifier): Iterable<InversifyBinding> | undefined;
    getNonParentBoundServices(): Iterable<ServiceIdentifier>;
  };
  readonly activationService: {
    get(service: ServiceIdentifier): Iterable<BindingActivation> | undefined;
  };
  readonly deactivationService: {
    get(service: ServiceIdentifier): Iterable<BindingDeactivation> | undefined;
  };
  readonly planResultCacheService: {
    get(options: PlanOptions): PlanResult | undefined;
  };
}

export interface PlanOptions {
  readonly isMultiple: boolean;
  readonly name?: unknown;
  readonly optional?: boolean | undefined;
  readonly serviceIdentifier: ServiceIdentifier;
  readonly tag?: unknown;
}

export interface PlanResult {
  readonly tree: { readonly root: PlanServiceNode };
}

export interface PlanServiceNode {
  readonly serviceIdentifier: ServiceIdentifier;
  readonly bindings: PlanBindingNode | PlanBindingNode[] | undefined;
  /** Since inversify 8.2. */
  resolve?(params: ResolutionParams): unknown;
}

export interface ResolutionParams {
  readonly context: ResolutionContext;
  readonly planResult: PlanResult;
  readonly requestScopeCache: undefined;
}

export interface PlanBindingNode {
  readonly binding: InversifyBinding;
  readonly classMetadata?: {
    readonly lifecycle: {
      readonly postConstructMethodNames: ReadonlySet<PropertyKey>;
      readonly preDestroyMethodNames: ReadonlySet<PropertyKey>;
    };
  };
  readonly constructorParams?: readonly (PlanServiceNode | undefined)[];
  readonly propertyParams?: ReadonlyMap<PropertyKey, PlanServiceNode>;
  readonly params?: readonly PlanServiceNode[];
}

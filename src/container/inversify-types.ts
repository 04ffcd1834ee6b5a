import type { BindingActivation, BindingConstraints, BindingDeactivation, ServiceIdentifier } from "inversify";
import type { Class } from "../proxy/class.js";

/**
 * The parts of inversify's plugin context and plans that this folder reads. They are described here, since the package that declares
 * them changes its major version inside inversify 8.
 */
export interface InversifyBinding {
  readonly id: number;
  readonly type: "ConstantValue" | "DynamicValue" | "Factory" | "Instance" | "ResolvedValue" | "ServiceRedirection";
  readonly serviceIdentifier: ServiceIdentifier;
  readonly isSatisfiedBy: (constraints: BindingConstraints) => boolean;
  /** Redirections have none. */
  readonly scope?: "Singleton" | "Transient" | "Request";
  /** A constant's value, or a dynamic value's factory. */
  readonly value?: unknown;
  /** A resolved value's factory. */
  readonly factory?: unknown;
  readonly onActivation?: unknown;
  readonly onDeactivation?: unknown;
  readonly implementationType?: InversifyClass;
  readonly targetServiceIdentifier?: ServiceIdentifier;
  /** A singleton has one. */
  readonly cache?: { readonly isRight: boolean };
}

export type InversifyClass = Class;

export interface InversifyServices {
  readonly bindingService: {
    get(service: ServiceIdentifier): Iterable<InversifyBinding> | undefined;
    getById(id: number): Iterable<InversifyBinding> | undefined;
    getNonParentBindings(service: ServiceIdentifier): Iterable<InversifyBinding> | undefined;
    getNonParentBoundServices(): Iterable<ServiceIdentifier>;
    removeById(id: number): void;
  };
  readonly activationService: {
    get(service: ServiceIdentifier): Iterable<BindingActivation> | undefined;
  };
  readonly deactivationService: {
    get(service: ServiceIdentifier): Iterable<BindingDeactivation> | undefined;
  };
  readonly planResultCacheService: {
    get(options: PlanOptions): PlanResult | undefined;
    clearCache(): void;
    /** Called for each child of the container: its plans contain bindings of the container. */
    subscribe(child: unknown): void;
  };
}

export interface PlanOptions {
  readonly isMultiple: boolean;
  readonly chained?: boolean;
  readonly optional?: boolean | undefined;
  readonly name?: unknown;
  readonly tag?: unknown;
  readonly serviceIdentifier: ServiceIdentifier;
}

export interface PlanResult {
  readonly tree: { readonly root: PlanServiceNode };
}

export interface PlanServiceNode {
  readonly serviceIdentifier: ServiceIdentifier;
  readonly bindings: PlanBindingNode | PlanBindingNode[] | undefined;
}

export interface PlanBindingNode {
  readonly binding: InversifyBinding;
  readonly classMetadata?: {
    readonly lifecycle: {
      readonly postConstructMethodNames: ReadonlySet<PropertyKey>;
      readonly preDestroyMethodNames: ReadonlySet<PropertyKey>;
    };
  };
  readonly constructorParams?: readonly (object | undefined)[];
  readonly propertyParams?: ReadonlyMap<PropertyKey, PlanServiceNode>;
  readonly params?: readonly PlanServiceNode[];
  /** An alias has one. */
  readonly redirection?: PlanServiceNode;
  /** An alias has these before inversify 8.2. */
  readonly redirections?: readonly PlanBindingNode[];
}

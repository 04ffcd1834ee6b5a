import type { BindingOptions } from "../options.js";
import type { Service } from "../scope.js";

/** The service with a scope's option `destroy` in force, also if another scope opens that scope. */
export function endingBy(service: Service, { destroy }: BindingOptions): Service {
  if (destroy === undefined) return service;
  return {
    ...service,
    create: (n, options) => service.create(n, options, destroy),
    destroy: (instance) => service.destroy(instance, destroy),
  };
}

import type { BindingOptions } from "../options.js";
import type { Service } from "../scope.js";

/** The service with its instances ended by a scope's option `destroy`, also where another scope opens that scope. */
export function endingBy(service: Service, { destroy }: BindingOptions): Service {
  if (destroy === undefined) return service;
  return {
    ...service,
    create: (n, options) => service.create(n, options, destroy),
    destroy: (instance) => service.destroy(instance, destroy),
  };
}

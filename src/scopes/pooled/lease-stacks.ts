/**
 * Whether the pools of bindings record where leases are taken, if their options do not say: `inversify-scopes/testing`
 * turns it on for pools made after it was loaded.
 */
export const leaseStacks: { byDefault: true | undefined } = { byDefault: undefined };

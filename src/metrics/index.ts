/**
 * What a container is doing right now, for whoever runs it.
 *
 * @module inversify-scopes/metrics
 */
export { report, type Report, type ReportOptions } from "./report.js";
export type { BindingReport } from "./report-bindings.js";
export type { ContextReport } from "./report-contexts.js";
export type { HolderReport, IncidentReport, InstanceReport, PoolReport, WaiterReport } from "./report-pools.js";
export { collectPools, type PromRegistry } from "./collect-pools.js";
export { instrumentPools, type MetricObserver, type OtelMeter } from "./instrument-pools.js";
export type { PoolsToWatch } from "./watched-pools.js";

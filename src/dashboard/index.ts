/**
 * A live page on what a container is doing, to mount where you like.
 *
 * @module inversify-scopes/dashboard
 */
export { dashboard, type Dashboard, type DashboardOptions } from "./dashboard.js";

/** What the specifications have started ends after the last of them. */
import { stopAll } from "../drivers/servers.mjs";

export const mochaHooks = { afterAll: () => stopAll() };

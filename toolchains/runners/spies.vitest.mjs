import { describe, expect, it, vi } from "vitest";
import { testsOfSpies } from "./spies.mjs";

testsOfSpies("vitest", { describe, it, expect, spies: vi });

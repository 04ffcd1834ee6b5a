import { describe, expect, it, jest } from "@jest/globals";
import { testsOfSpies } from "./spies.mjs";

testsOfSpies("jest", { describe, it, expect, spies: jest });

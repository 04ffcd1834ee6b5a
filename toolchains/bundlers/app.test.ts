import { expect, test } from "@jest/globals";

import { main } from "./app";

test("the package works, compiled to CommonJS file by file", async () => {
  const { rows, acquisitionStack } = await main();
  expect(rows).toBe("rows in GET /orders");
  expect(acquisitionStack).toContain("listsOrders");
  expect(acquisitionStack?.trim().split("\n")[0]).toContain("Orders.list");
});

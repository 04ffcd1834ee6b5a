import { expect, test } from "@jest/globals";

import { main } from "./app";

test("the package works, compiled to CommonJS file by file", async () => {
  const { rows, takenAt } = await main();
  expect(rows).toBe("rows in GET /orders");
  expect(takenAt).toContain("listsOrders");
  expect(takenAt?.trim().split("\n")[0]).toContain("Orders.list");
});

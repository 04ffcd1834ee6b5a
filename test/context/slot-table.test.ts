import { expect } from "chai";
import {
  added,
  entryIn,
  free,
  hasCollided,
  instanceIn,
  newSlot,
  NO_SLOTS,
  rewrite,
  type Slots,
} from "../../src/context/slot.js";

/** Numbers that look random, the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A table as a context has it, beside a Map that knows what must be in it. */
class Checked {
  slots: Slots = NO_SLOTS;
  readonly expected = new Map<number, object>();

  fill(slot: number): void {
    const instance = {};
    const isThere = this.expected.has(slot);
    this.expected.set(slot, instance);
    expect(rewrite(this.slots, slot, instance, [instance])).to.equal(isThere);
    if (!isThere) this.slots = added(this.slots, this.expected.size, slot, instance, [instance]);
  }

  free(slot: number): void {
    expect(free(this.slots, slot)).to.equal(this.expected.delete(slot));
  }

  check(slot: number): void {
    const instance = this.expected.get(slot);
    expect(instanceIn(this.slots, slot)).to.equal(instance);
    expect(entryIn(this.slots, slot)).to.eql(instance === undefined ? undefined : [instance]);
    // As the forwarders do it.
    const index = slot & (this.slots.length - 1);
    const seen = this.slots[index] === slot ? this.slots[index + 1] : undefined;
    if (seen !== instance)
      expect(hasCollided(this.slots, slot), "a slow look finds what a quick one does not").to.equal(true);
  }
}

describe("the table of a context", () => {
  it("numbers count up by the size of a cell, and are never nobody's", () => {
    const [first, second, third] = [newSlot(), newSlot(), newSlot()];
    expect(first).to.be.above(0);
    expect([first % 4, second - first, third - second]).to.eql([0, 4, 4]);
  });

  it("what is freed is let go of", () => {
    const table = new Checked();
    for (const slot of [4, 8, 4 + 4 * 64, 4 + 8 * 64]) table.fill(slot);
    for (const slot of table.expected.keys()) table.free(slot);
    const left = new Set<unknown>(table.slots.flat(Infinity));
    expect([...left]).to.have.members([0, undefined]);
  });

  it("bindings with neighbouring numbers never collide", () => {
    const table = new Checked();
    for (let slot = 400; slot < 400 + 4 * 100; slot += 4) table.fill(slot);
    expect(table.slots).to.have.length(4 * 128);
    for (const slot of table.expected.keys()) expect(hasCollided(table.slots, slot)).to.equal(false);
  });

  for (const [how, spread] of [
    ["of a few bindings", 10],
    ["of many", 5000],
    ["that are far apart", 2 ** 24],
  ] as const) {
    it(`holds what was put there and not freed, ${how}`, () => {
      const random = seeded(spread);
      const table = new Checked();
      const stride = spread > 5000 ? 4 * 1024 : 4;
      for (let i = 0; i < 5000; i++) {
        const slot = (1 + random(spread / (stride / 4))) * stride;
        if (random(3) === 0) table.free(slot);
        else if (table.expected.size < 200) table.fill(slot);
        table.check(slot);
        if (i % 100 === 0) for (const other of table.expected.keys()) table.check(other);
      }
      expect(table.slots.length & (table.slots.length - 1), "a power of two").to.equal(0);
      expect(table.slots.length / 4).to.be.at.most(8 * 200);
    });
  }

  it("the shared table of those that hold nothing stays empty", () => {
    const table = new Checked();
    table.fill(4);
    expect(table.slots).to.not.equal(NO_SLOTS);
    expect(NO_SLOTS.filter((place) => place !== undefined && place !== 0)).to.eql([]);
    expect(instanceIn(NO_SLOTS, 0)).to.equal(undefined);
  });

  it("numbers that don't fit into 32 bits are found as well", () => {
    const table = new Checked();
    for (const slot of [2 ** 31, 2 ** 32, 2 ** 32 + 4, 2 ** 40, 2 ** 53 - 4]) table.fill(slot);
    for (const slot of table.expected.keys()) table.check(slot);
  });
});

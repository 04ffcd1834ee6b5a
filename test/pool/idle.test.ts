import { expect } from "chai";
import fc from "fast-check";

import { Handle, type Slot } from "../../src/pool/slot.js";
import { FifoIdleList, IdleList } from "../../src/pool/idle-list.js";

const handleOf = (since: number): Handle<object> => new Handle({ since } as Slot<object>);

describe("the idle ones", () => {
  it("one goes back to its place though there are holes beside it, and elsewhere if its place is taken", () => {
    const idle = new IdleList<object>();
    const handles = [0, 1, 2, 3, 4, 5].map(handleOf);
    for (const handle of handles) idle.push(handle);
    const out = (...which: number[]): void =>
      which.forEach((i) => void idle.remove((handles[i] as (typeof handles)[0]).slot));
    const back = (i: number): void => idle.putBack(handles[i] as (typeof handles)[0]);
    out(1, 2, 3);
    back(2);
    back(3);
    back(1);
    out(2);
    for (let i = 0; i < 4; i++) idle.take();
    const younger = [7, 8, 9, 10].map(handleOf);
    for (const handle of younger) idle.push(handle);
    idle.remove((younger[1] as Handle<object>).slot); // and now there is a hole where that one was, among younger ones
    back(2);
    expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal([0, 2, 7, 9, 10]);
  });

  it("those stamped while the event loop stood still, and only those, have the time of its end (law 14)", () => {
    for (const [since, ticks] of [
      [
        [0, 1, 100, 100],
        [1, 2, 3, 3],
      ],
      [
        [0, 1, 2, 3],
        [1, 2, 2, 4],
      ],
      [[100], [3]],
    ] as const) {
      const idle = new IdleList<object>();
      const handles = ticks.map((tick, i) => new Handle({ since: i, tick } as Slot<object>));
      const hole = handleOf(0);
      for (const [i, handle] of handles.entries()) {
        idle.push(handle);
        if (i === 2) idle.push(hole);
      }
      if (idle.has(hole.slot)) idle.remove(hole.slot);
      for (const slot of idle.stampedAt(3)) slot.since = 100;
      expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal(since);
    }
  });

  it("one whose place is free, but among younger ones now, goes to where it belongs", () => {
    const idle = new IdleList<object>();
    const handles = [0, 1, 2, 3, 4, 5].map(handleOf);
    for (const handle of handles) idle.push(handle);
    for (const i of [4, 3]) idle.remove((handles[i] as (typeof handles)[0]).slot);
    idle.take();
    idle.take();
    const younger = [7, 8, 9, 10, 11].map(handleOf);
    for (const handle of younger) idle.push(handle);
    idle.remove((younger[1] as (typeof younger)[0]).slot);
    idle.putBack(handles[3] as (typeof handles)[0]);
    expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal([0, 1, 3, 7, 9, 10, 11]);
  });

  for (const holes of [[1], [1, 2]]) {
    it(`one whose place is free, but among older ones now, goes to where it belongs (${holes.length})`, () => {
      const idle = new IdleList<object>();
      const handles = [0, 1, 2, 3, 4, 5].map(handleOf);
      const slot = (i: number): Slot<object> => (handles[i] as Handle<object>).slot;
      for (const handle of handles) idle.push(handle);
      for (const i of [0, 1, 2, 4]) idle.remove(slot(i));
      expect(idle.oldest()).to.equal(handles[3]);
      // The places of these are gone; what is above moves up, to the place of the fifth and beyond.
      for (const i of [0, 1, 2]) idle.putBack(handles[i] as Handle<object>);
      for (const i of holes) idle.remove(slot(i));
      idle.putBack(handles[4] as Handle<object>);
      const left = [0, 1, 2, 3, 4, 5].filter((i) => !holes.includes(i));
      expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal(left);
    });
  }

  it("one whose place is free, but of which all are younger now, goes to the beginning", () => {
    const idle = new IdleList<object>();
    const handles = [0, 1, 2, 3, 4].map(handleOf);
    for (const handle of handles) idle.push(handle);
    const out = idle.remove((handles[2] as Handle<object>).slot);
    while (idle.length > 0) idle.take();
    const younger = [5, 6, 7, 8, 9].map(handleOf);
    for (const handle of younger) idle.push(handle);
    for (const i of [1, 2]) idle.remove((younger[i] as Handle<object>).slot);
    idle.putBack(out);
    expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal([2, 5, 8, 9]);
  });

  it("any number, with any holes, stay in order", () => {
    for (const keep of [1, 2, 3, 7]) {
      const idle = new IdleList<object>();
      const kept: number[] = [];
      for (let since = 0; since < 200; since++) {
        const handle = handleOf(since);
        idle.push(handle);
        if (since > 0 && since % 40 === 0) expect(idle.takeOldest()?.slot.since).to.equal(kept.shift());
        if (since % keep === 0) kept.push(since);
        else idle.remove(handle.slot);
      }
      expect([...idle.drain()].map(({ slot }) => slot.since)).to.deep.equal(kept);
    }
  });

  it("are taken and put at either end, or out of and back to the middle, as from a sorted list", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: fc.constant({ do: "push" as const, which: 0 }) },
            { weight: 3, arbitrary: fc.constant({ do: "take" as const, which: 0 }) },
            { weight: 1, arbitrary: fc.constant({ do: "takeOldest" as const, which: 0 }) },
            { weight: 2, arbitrary: fc.constant({ do: "peek" as const, which: 0 }) },
            { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), which: fc.nat() }) },
            { weight: 3, arbitrary: fc.record({ do: fc.constant("putBack" as const), which: fc.nat() }) },
          ),
          { maxLength: 200, size: "max" },
        ),
        (fifo, steps) => {
          const idle = fifo ? new FifoIdleList<object>() : new IdleList<object>();
          const model: Handle<object>[] = [];
          const out: Handle<object>[] = [];
          let time = 0;
          for (const { do: what, which } of steps) {
            if (what === "push") {
              const handle = handleOf(time++);
              idle.push(handle);
              model.push(handle);
            } else if (what === "peek") {
              expect(idle.peek()).to.equal(fifo ? model[0] : model.at(-1));
            } else if (what === "take") {
              expect(idle.take()).to.equal(fifo ? model.shift() : model.pop());
            } else if (what === "takeOldest") {
              expect(idle.oldest()).to.equal(model[0]);
              expect(idle.takeOldest()).to.equal(model.shift());
            } else if (what === "remove" && model.length > 0) {
              const [handle] = model.splice(which % model.length, 1) as [Handle<object>];
              expect(idle.has(handle.slot)).to.equal(true);
              expect(idle.remove(handle.slot)).to.equal(handle);
              expect(idle.has(handle.slot)).to.equal(false);
              out.push(handle);
            } else if (what === "putBack" && out.length > 0) {
              const [handle] = out.splice(which % out.length, 1) as [Handle<object>];
              idle.putBack(handle);
              const at = model.findIndex(({ slot }) => slot.since > handle.slot.since);
              model.splice(at === -1 ? model.length : at, 0, handle);
            }
            expect(idle.length).to.equal(model.length);
            expect(idle.oldest()).to.equal(model[0]);
            expect(model.every(({ slot }) => idle.has(slot))).to.equal(true);
          }
          expect([...idle.drain()]).to.deep.equal(model);
          expect(idle.length).to.equal(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

import { ScopedContainer } from "../../dist/src/index.js";
import { Mailer } from "../../dist/test/support/spies.js";

/** A proxy that nobody may touch here: there is no context. */
function injected(options) {
  const container = new ScopedContainer();
  container.bind(Mailer).toSelf().inPerAsyncContextScope(options);
  return container.get(Mailer);
}

/** What tests do with a proxy that the code under test hands on. */
export const looks = {
  "an argument of a call"(expect, { fn }, options) {
    const mailer = injected(options);
    const handed = fn();
    handed(mailer, 1);
    expect(handed).toHaveBeenCalledWith(mailer, 1);
    expect(handed.mock.calls[0]).toEqual([mailer, 1]);
    expect(handed).toHaveBeenCalledWith(expect.any(Mailer), expect.anything());
  },
  "identity, class and members"(expect, _, options) {
    const mailer = injected(options);
    expect(mailer).toBe(mailer);
    expect({ mailer }).toEqual({ mailer });
    expect(mailer).toBeInstanceOf(Mailer);
    expect(mailer).toBeDefined();
    expect(mailer).toBeTruthy();
    expect(typeof mailer.send).toBe("function");
  },
  async "a promise of it"(expect, _, options) {
    const mailer = injected(options);
    await expect(Promise.resolve(mailer)).resolves.toBe(mailer);
  },
};

/** To print it, a tool lists its keys. An ordinary proxy has none yet; a full one would have to ask an instance (law 6). */
export const looksAtDefault = {
  "an argument that is another one, told by a failed assertion of its own"(expect, { fn }) {
    const mailer = injected({});
    const handed = fn();
    handed(mailer);
    expect(() => expect(handed).toHaveBeenCalledWith("other")).toThrow(/other/);
    expect(() => expect(mailer).toBe("other")).toThrow(/other/);
  },
};

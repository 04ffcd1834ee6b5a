/**
 * Contexts that touch one service among many that are bound: a process of its own, since it is the process that must not
 * care how many there are. `among.mjs <count>`; answers "time" and "bytes" with figures.
 */
import { runInContext, ScopedContainer } from "inversify-scopes";
import { batch } from "./measure.mjs";
import { bytesOf } from "./memory.mjs";
import { makeClass } from "./services.mjs";
import { keep } from "./sink.mjs";

const User = makeClass(1);
const container = new ScopedContainer();
/** Every second one is injected as well. */
for (let i = 1; i < Number(process.argv[2]); i++) {
  const id = `service ${i}`;
  container
    .bind(id)
    .toDynamicValue(() => new User())
    .inPerAsyncContextScope({ shape: User });
  if (i % 2 === 0) container.get(id);
}
container.bind(User).toSelf().inPerAsyncContextScope();
const user = container.get(User);

const body = async () => user.add(1);
const contexts = {
  async run(n) {
    for (let i = 0; i < n; i++) keep(await runInContext(body));
  },
};

function bytes() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  const held = async () => {
    user.add(1);
    await opened;
  };
  return bytesOf(
    () => runInContext(held),
    (all) => {
      open();
      return Promise.all(all);
    },
  );
}

process.on("message", async ([what, n]) => process.send(await (what === "time" ? batch(contexts, n) : bytes())));
process.send("ready");

import "reflect-metadata";
import { createServer } from "node:http";
import { expect } from "chai";
import { createSchema, createYoga } from "graphql-yoga";
import { inFetch, inRequest } from "inversify-scopes/http";

import { numbers, stays, TestServer } from "./server.js";

describe("GraphQL Yoga", () => {
  const server = TestServer.use();

  function yoga() {
    const { world } = server;
    const typeDefs = /* GraphQL */ `
      type Query {
        order(id: Int!): String!
        fails: String
      }
      type Subscription {
        ticks(count: Int!): String!
      }
    `;
    const ticks = async function* (_: unknown, { count }: { count: number }): AsyncGenerator<{ ticks: string }> {
      for (let n = 0; n < count; n++) yield { ticks: await stays(world) };
    };
    const resolvers = {
      Query: {
        order: async (_: unknown, { id }: { id: number }) => `${id} ${await stays(world)}`,
        fails: async () => {
          await stays(world);
          throw new Error("own");
        },
      },
      Subscription: {
        ticks: {
          subscribe: ticks,
          resolve: async (event: { ticks: string }) => `${event.ticks} ${await stays(world)}`,
        },
      },
    };
    return createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
  }

  const post = (query: string, accept = "application/json") => ({
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ query }),
  });
  const placesIn = (text: string) => text.match(/POST \/graphql#\d+/g) ?? [];
  const doors = {
    "inRequest around it as a listener": async () => {
      await server.start(createServer(inRequest(yoga())));
      return (init: RequestInit) => fetch(server.url("/graphql"), init);
    },
    "inFetch around its fetch": async () => {
      const handle = inFetch((request: Request) => yoga().fetch(request));
      return async (init: RequestInit) => handle(new Request("http://localhost/graphql", init));
    },
  };

  for (const [door, open] of Object.entries(doors)) {
    describe(door, () => {
      it("has all resolvers of each of 50 operations in one context", async () => {
        const send = await open();
        const all = await Promise.all(
          numbers(50).map(async (n) => (await send(post(`{ a: order(id: ${n}) b: order(id: ${n}) }`))).text()),
        );
        await server.world.expectAllEnded(50);
        for (const [n, text] of all.entries()) {
          expect(text).to.include(`"a":"${n} POST`);
          expect(new Set(placesIn(text)).size).to.equal(1);
        }
        expect(new Set(all.flatMap(placesIn)).size).to.equal(50);
      });

      it("ends it where a resolver fails, and where the query is none", async () => {
        const send = await open();
        expect(await (await send(post("{ fails }"))).text()).to.include("errors");
        expect(await (await send(post("{ nothing }"))).text()).to.include("errors");
        await server.world.expectAllEnded(1);
      });

      it("keeps a subscription's events and their resolvers in it until all are sent", async () => {
        const send = await open();
        const text = await (await send(post("subscription { ticks(count: 3) }", "text/event-stream"))).text();
        const places = placesIn(text);
        expect(places).to.have.length(6);
        expect(new Set(places).size).to.equal(1);
        await server.world.expectAllEnded(1);
      });

      it("ends it when the subscriber leaves", async () => {
        const send = await open();
        const response = await send(post("subscription { ticks(count: 1000000) }", "text/event-stream"));
        const reader = response.body!.getReader();
        await reader.read();
        await reader.read();
        expect(server.world.ended).to.eql([]);
        await reader.cancel();
        await server.world.expectAllEnded(1);
      });
    });
  }
});

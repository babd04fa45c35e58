import { assertEquals, assertStrictEquals } from "@std/assert";
import { addTokenSource, releaseTokenSource, sharedClient } from "../../../client/widget/client_registry.ts";
import { createSyncClient, memoryStore } from "../../../client/mod.ts";
import type { SyncClient, SyncClientOptions } from "../../../client/sync_client_api.ts";

function makeClient(made: SyncClientOptions[]) {
  return (options: SyncClientOptions) => {
    made.push(options);
    return new EventTarget() as SyncClient;
  };
}

Deno.test("a page has one client for an endpoint and name", () => {
  const made: SyncClientOptions[] = [];
  const first = sharedClient("https://one.example/", undefined, makeClient(made));
  const again = sharedClient("https://one.example/", undefined, makeClient(made));
  const named = sharedClient("https://one.example/", "notes", makeClient(made));
  assertStrictEquals(first, again);
  assertEquals(first.client === named.client, false);
  assertEquals(made.map(({ endpoint, name }) => [endpoint, name]), [
    ["https://one.example/", undefined],
    ["https://one.example/", "notes"],
  ]);
});

Deno.test("a second copy of the module meets the same clients", async () => {
  const copy: typeof import("../../../client/widget/client_registry.ts") = await import(
    "../../../client/widget/client_registry.ts?copy"
  );
  const made: SyncClientOptions[] = [];
  const mine = sharedClient("https://two.example/", undefined, makeClient(made));
  assertStrictEquals(copy.sharedClient("https://two.example/", undefined, makeClient(made)), mine);
  assertEquals(copy.sharedClient === sharedClient, false);
});

Deno.test("the newest element is asked for the token first, the next one if it has none", async () => {
  const made: SyncClientOptions[] = [];
  const shared = sharedClient("https://three.example/", undefined, makeClient(made));
  const older = () => "older";
  let newest: string | null = "newest";
  const newer = () => newest;
  assertEquals(await made[0]!.getToken(), null);
  shared.tokenSources.add(older).add(newer);
  assertEquals(await made[0]!.getToken(), "newest");
  newest = null;
  assertEquals(await made[0]!.getToken(), "older");
});

Deno.test("the last token source stays when its element goes", async () => {
  const made: SyncClientOptions[] = [];
  const shared = sharedClient("https://four.example/", undefined, makeClient(made));
  const one = () => "one";
  const two = () => "two";
  shared.tokenSources.add(one).add(two);
  releaseTokenSource(shared, two);
  releaseTokenSource(shared, one);
  assertEquals(await made[0]!.getToken(), "one");
});

Deno.test("who gave tokens before somebody else did is not asked again once all elements are gone", async () => {
  const made: SyncClientOptions[] = [];
  const shared = sharedClient("https://five.example/", undefined, makeClient(made));
  const before = () => "before";
  let signedIn: string | null = null;
  const now = () => signedIn;
  addTokenSource(shared, before);
  releaseTokenSource(shared, before);
  addTokenSource(shared, now);
  assertEquals(await made[0]!.getToken(), "before", "until there is another token");
  signedIn = "now";
  assertEquals(await made[0]!.getToken(), "now");
  releaseTokenSource(shared, now);
  assertEquals(await made[0]!.getToken(), "now");
  assertEquals(shared.tokenSources.size, 1);
});

Deno.test("an element that came back is no leftover: it keeps its say beside others", async () => {
  const made: SyncClientOptions[] = [];
  const shared = sharedClient("https://six.example/", undefined, makeClient(made));
  const back = () => "back";
  let other: string | null = "other";
  addTokenSource(shared, back);
  releaseTokenSource(shared, back);
  addTokenSource(shared, back);
  addTokenSource(shared, () => other);
  assertEquals(await made[0]!.getToken(), "other");
  other = null;
  assertEquals(await made[0]!.getToken(), "back");
});

Deno.test("the default name, an empty one and none are one client, as they are one database", () => {
  const made: SyncClientOptions[] = [];
  const clients = [undefined, null, "", "tenuto"].map((name) =>
    sharedClient("https://seven.example/", name, makeClient(made))
  );
  assertEquals(new Set(clients).size, 1);
  assertEquals(made.map(({ name }) => name), [undefined]);
});

Deno.test("an element that cannot get a token keeps no other from being asked, but a leftover", async () => {
  const made: SyncClientOptions[] = [];
  const shared = sharedClient("https://eight.example/", undefined, makeClient(made));
  const ask = () => made[0]!.getToken();
  const told = () => Promise.try(ask).then(String, (error) => `failed: ${error.message}`);
  const left = () => "left";
  addTokenSource(shared, left);
  releaseTokenSource(shared, left);
  let token: string | null = null;
  addTokenSource(shared, () => token);
  addTokenSource(shared, () => {
    throw new Error("newest");
  });
  assertEquals(await told(), "failed: newest", "who it would have signed in is not known");
  token = "older";
  assertEquals(await told(), "older");
  token = null;
  assertEquals(await told(), "failed: newest", "not signed out: it is not known");
});

Deno.test("who comes after a client was closed gets another, under the same endpoint and name", async () => {
  const endpoint = "http://localhost:1/closed";
  const create = (options: SyncClientOptions) =>
    createSyncClient({ ...options, autoSync: false, ports: { store: memoryStore() } });
  const { client } = sharedClient(endpoint, undefined, create);
  await client.ready;
  await client.close();
  const next = sharedClient(endpoint, undefined, create).client;
  await client.close();
  await next.create("goal", { id: "one" });
  assertEquals([next === client, next.list("goal").length], [false, 1]);
  assertStrictEquals(sharedClient(endpoint, undefined, create).client, next);
  await next.close();
});

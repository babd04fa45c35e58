import { assert, assertEquals, assertRejects } from "@std/assert";
import { Requests } from "../../client/network/request.ts";
import type { TransportRequest, TransportResponse } from "../../client/ports.ts";
import { tokenSubject } from "../../client/token.ts";
import { TokenKeeper } from "../../client/token_keeper.ts";
import { refuse, reply } from "./world/reply.ts";
import { VirtualClock } from "./world/virtual_clock.ts";

/** An unsigned token of `sub`; the client reads no more of it. */
function token(sub: unknown, serial = 0): string {
  const text = JSON.stringify({ sub, serial });
  const part = btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return `h.${part.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.s`;
}

interface Setup {
  answers?: ((request: TransportRequest) => Promise<TransportResponse> | TransportResponse)[];
  tokens?: (string | null)[];
  userId?: string | null;
  leaving?: boolean;
}

/** Requests over a scripted transport; the last answer and the last token repeat. */
function setup(
  { answers = [() => reply(200, "{}")], tokens = [token("ada")], userId = "ada", leaving = false }: Setup =
    {},
) {
  const sent: TransportRequest[] = [];
  const clock = new VirtualClock();
  let asked = 0;
  const keeper = new TokenKeeper(() => tokens[Math.min(asked++, tokens.length - 1)]!, () => true);
  const requests = new Requests({
    clock,
    tokens: keeper,
    userId: () => userId,
    requestTimeoutMs: 30_000,
    leaving: () => leaving,
    transport: {
      async send(request) {
        sent.push(request);
        return await answers[Math.min(sent.length - 1, answers.length - 1)]!(request);
      },
    },
  });
  return { requests, sent, clock, keeper, asked: () => asked };
}

const url = "https://sync.test/api/sync/v2";
const bearers = (sent: TransportRequest[]) => sent.map(({ headers }) => headers.Authorization);
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a 401 is answered by one refresh and one more try with the new token", async () => {
  const [first, second] = [token("ada", 1), token("ada", 2)];
  const { requests, sent, asked } = setup({
    answers: [() => refuse("token_expired"), () => reply(200, "{}")],
    tokens: [first, second],
  });
  const response = await requests.send("GET", url);
  assert(typeof response !== "string" && response.status === 200);
  assertEquals([bearers(sent), asked()], [[`Bearer ${first}`, `Bearer ${second}`], 2]);
});

Deno.test("a refused token is never sent again; the 401 stands", async () => {
  const { requests, sent } = setup({ answers: [() => refuse("unauthenticated")] });
  const response = await requests.send("GET", url);
  assert(typeof response !== "string" && response.status === 401);
  assertEquals(await requests.send("GET", url), "unauthenticated");
  assertEquals(sent.length, 1);
});

Deno.test("two new tokens refused in a row end with the second 401, not with a third try", async () => {
  const { requests, sent } = setup({
    answers: [() => refuse("unauthenticated")],
    tokens: [token("ada", 1), token("ada", 2), token("ada", 3)],
  });
  const response = await requests.send("GET", url);
  assert(typeof response !== "string" && response.status === 401);
  assertEquals(sent.length, 2);
});

Deno.test("another user's token, one without a user, or none sends nothing", async () => {
  for (const given of [token("bob"), token(7), token(""), "not.a-token", "", null]) {
    const { requests, sent } = setup({ tokens: [given] });
    assertEquals(await requests.send("POST", url, "{}"), "unauthenticated", String(given));
    assertEquals(sent.length, 0);
  }
  const { requests, sent } = setup({ userId: null });
  assertEquals(await requests.send("POST", url, "{}"), "unauthenticated", "nobody is signed in");
  assertEquals(sent.length, 0);
});

Deno.test("what belongs to one user is not sent for another who has signed in meanwhile", async () => {
  const { requests, sent } = setup({ tokens: [token("bob")], userId: "bob" });
  assertEquals(await requests.send("POST", url, "{}", "ada"), "unauthenticated");
  assertEquals(sent.length, 0);
});

Deno.test("a refresh that brings another user's token does not send this user's changes with it", async () => {
  const { requests, sent } = setup({
    answers: [() => refuse("unauthenticated")],
    tokens: [token("ada"), token("bob")],
  });
  await requests.send("POST", url, "{}");
  assertEquals(sent.length, 1);
});

Deno.test("a request that takes longer than its bound is given up, even if the transport never notices", async () => {
  for (const hangs of ["send", "text"] as const) {
    let aborted = false;
    const forever = new Promise<never>(() => {});
    const { requests, clock } = setup({
      answers: [({ signal }) => {
        signal.addEventListener("abort", () => aborted = true);
        return hangs === "send" ? forever : { ...reply(200, ""), text: () => forever };
      }],
    });
    const pending = requests.send("GET", url);
    for (let n = 0; n < 5; n++) await turn();
    clock.skip(29_999);
    assertEquals(clock.fireNext(0), false, "not a moment earlier");
    clock.fireNext(1);
    assertEquals([await pending, aborted], ["timeout", true], hangs);
  }
});

Deno.test("after close nothing is sent, and no token is asked for", async () => {
  const { requests, sent, asked } = setup();
  requests.close();
  assertEquals(await requests.send("POST", url, "{}"), "closed");
  assertEquals([sent.length, asked()], [0, 0]);
});

Deno.test("no answer at all is offline; after close it is closed", async () => {
  const { requests } = setup({ answers: [() => Promise.reject(new TypeError("no route"))] });
  assertEquals(await requests.send("GET", url), "offline");
  const hanging = setup({ answers: [() => new Promise<never>(() => {})] });
  const pending = hanging.requests.send("GET", url);
  await turn();
  hanging.requests.close();
  assertEquals(await pending, "closed");
  assertEquals(hanging.clock.nextInMs, null, "no timer is left");
});

Deno.test("bodies above 1 KiB are compressed, smaller ones and refused compression are not", async () => {
  const { requests, sent } = setup();
  const text = JSON.stringify({ text: "ü".repeat(2000) });
  await requests.send("POST", url, "x".repeat(1024));
  await requests.send("POST", url, text);
  requests.stopCompressing();
  await requests.send("POST", url, text);
  assertEquals(sent.map(({ headers }) => headers["Content-Encoding"]), [undefined, "gzip", undefined]);
  const stream = new Blob([sent[1]!.body as Uint8Array<ArrayBuffer>]).stream();
  assertEquals(await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text(), text);
  assertEquals([sent[2]!.body, requests.compresses], [text, false]);
});

Deno.test("a token's user is read whatever its alphabet; nonsense has none", () => {
  for (const sub of ["ada", "Jürgen Groß", "ユーザー", "a>?~ÿ"]) assertEquals(tokenSubject(token(sub)), sub);
  for (const odd of ["", "a", "a.b", "a.e30.c", "a.bnVsbA.c", `a.${btoa("[1]")}.c`, "a.%%%.c", token(5)]) {
    assertEquals(tokenSubject(odd), null, odd);
  }
});

Deno.test("the token is asked for once, kept, and asked for again only after a refusal or a reset", async () => {
  const { keeper, asked } = setup({ tokens: [token("ada", 1), token("ada", 2), token("ada", 3)] });
  assertEquals([await keeper.get(null), await keeper.get(null), asked()], [
    token("ada", 1),
    token("ada", 1),
    1,
  ]);
  assertEquals([await keeper.get(token("ada", 1)), asked()], [token("ada", 2), 2]);
  // A second request that was refused with the first token gets the one that is at hand by now.
  assertEquals([await keeper.get(token("ada", 1)), asked()], [token("ada", 2), 2]);
  keeper.reset();
  assertEquals(await keeper.get(null), token("ada", 3));
});

Deno.test("after a logout no token is asked for, not even one that was on its way", async () => {
  let give = (_token: string) => {};
  let asked = 0;
  const seen: string[] = [];
  const keeper = new TokenKeeper(
    () => (asked++, new Promise((resolve) => give = resolve)),
    (sub) => seen.push(sub) > 0,
  );
  const pending = keeper.get(null);
  keeper.disable();
  give(token("ada"));
  assertEquals([await pending, await keeper.get(null), asked, seen], [null, null, 1, []]);
});

Deno.test("a callback that throws cannot tell who is signed in, and may be able to later", async () => {
  let broken = true;
  const keeper = new TokenKeeper(() => {
    if (broken) throw new Error("no network to fetch a token with");
    return token("ada");
  }, () => true);
  await assertRejects(() => keeper.get(null), Error, "no network");
  broken = false;
  assertEquals(await keeper.get(null), token("ada"));
});

Deno.test("a page that is left asks for up to 60 KiB to outlive it, and for no more, which browsers refuse", async () => {
  const small = JSON.stringify({ changes: [] });
  // Three bytes a character in UTF-8.
  const large = "\u4e00".repeat(60 * 1024 / 3);
  for (
    const [leaving, body, keepalive] of [
      [true, small, true],
      [true, large, true],
      [true, large + "x", undefined],
      [false, small, undefined],
    ] as const
  ) {
    const { requests, sent } = setup({ leaving });
    requests.stopCompressing();
    await requests.send("POST", url, body);
    assertEquals(sent[0]!.keepalive, keepalive, `${leaving} ${body.length}`);
  }
});

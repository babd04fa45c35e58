/**
 * What the files of the black-box suite share: a server process for the file, a user for each test. What is asked
 * is what a stranger who knows only the contract may expect, over real HTTP, on a database file.
 */
import { assertEquals } from "@std/assert";
import { testRequest } from "../api/http/http_world.ts";
import { type Answer, type BlackBox, startBlackBox } from "./black_box_server.ts";

/** A suite on a server of its own; call it once, at the top of a test file. */
export function blackBoxSuite() {
  let box: BlackBox | null = null;
  Deno.test.beforeAll(async () => void (box = await startBlackBox()));
  Deno.test.afterAll(() => box?.remove());
  const server = (): BlackBox => {
    if (box === null) throw new Error("The server is only there while tests run.");
    return box;
  };
  return {
    server,
    /** A test with a user that nobody else is. */
    blackBox(name: string, test: (user: string) => Promise<void>): void {
      Deno.test(`HTTP: ${name}`, () => test(`u-${crypto.randomUUID()}`));
    },
    /** One exchange that is answered; its verdicts as `status` or `status:code`. */
    async push(user: string, changes: unknown[], over: Record<string, unknown> = {}): Promise<string[]> {
      const { status, body } = await server().sync(user, testRequest({ changes, ...over }));
      assertEquals(status, 200, JSON.stringify(body));
      return body.results.map(verdictText);
    },
    async headOf(user: string): Promise<number> {
      return (await server().ask(user, "GET", "/api/sync/v2/status")).body.latestServerVersion;
    },
  };
}

export function verdictText({ status, code }: { status: string; code?: string }): string {
  return code === undefined ? status : `${status}:${code}`;
}

/** Status and code of a problem that is whole. */
export function problem({ status, headers, body }: Answer): [number, string] {
  assertEquals(headers.get("Content-Type"), "application/problem+json");
  assertEquals([body.status, body.requestId], [status, headers.get("X-Request-Id")]);
  return [status, body.code];
}

/** An edit of a change's entity. */
export function edit(of: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  return { ...of, changeId: crypto.randomUUID(), type: "UPDATED", ...over };
}

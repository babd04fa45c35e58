import { assert, assertEquals } from "@std/assert";
import { type Problem, problems, readProblem } from "../../shared/problem.ts";
import { problem as schema } from "../../shared/schema.ts";

function problemOf(code: keyof typeof problems): Problem {
  const { status, title } = problems[code];
  return { type: `about:blank#${code}`, title, status, detail: "x", code, requestId: "r1" };
}

Deno.test("every code of the contract is read, and the schema knows it", () => {
  for (const code of Object.keys(problems) as (keyof typeof problems)[]) {
    const body = problemOf(code);
    assertEquals(readProblem(body), body);
    assert(schema.safeParse(body).success, code);
  }
});

Deno.test("what is none of ours is no problem document: a proxy's page, a stranger's code, a prototype", () => {
  const strangers: unknown[] = [
    null,
    "<html>",
    [],
    {},
    { code: 503 },
    { code: "toString" },
    { code: "teapot" },
    { ...problemOf("busy"), code: "constructor" },
  ];
  for (const body of strangers) assertEquals(readProblem(body), null);
});

Deno.test("codes stand for the statuses of the contract", () => {
  const byStatus = Object.groupBy(Object.entries(problems), ([, { status }]) => String(status));
  const codes = (status: number) => byStatus[status]?.map(([code]) => code).sort();
  assertEquals(codes(400), ["invalid_request", "invalid_utf8", "malformed_json"]);
  assertEquals(codes(401), ["token_expired", "unauthenticated"]);
  assertEquals(codes(413), ["request_too_large"]);
  assertEquals(codes(415), ["unsupported_media_type"]);
  assertEquals(codes(503), ["busy", "paused"]);
});

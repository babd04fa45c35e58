import { assertEquals } from "@std/assert";
import { nodeSha256 } from "../../../api/adapters/node_sha256.ts";
import { prepareChanges } from "../../../api/ledger/prepare.ts";
import { sha256Hex } from "../../../shared/universal.ts";
import { created, deleted, updated } from "./ledger_world.ts";

Deno.test("the digest at once is the platform's digest", async () => {
  for (const text of ["", "abc", "日本 😀 \u0000 é", "x".repeat(100_000)]) {
    assertEquals(nodeSha256(text), await sha256Hex(text));
  }
  const changes = [created("a", { x: [1, "é"] }), null, updated("a", {}, { unset: ["x"] }), deleted("a")];
  assertEquals(await prepareChanges(changes, nodeSha256), await prepareChanges(changes));
});

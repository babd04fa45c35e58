/** `deno task maintain`: when it goes on, when it is done, and what it refuses. */
import { assert, assertEquals } from "@std/assert";
import type { MaintenanceReport } from "../../api/ledger/maintain.ts";
import { maintainUntilDone, maintenanceRunsMax } from "../../scripts/maintain_until_done.ts";

const nothing: MaintenanceReport = {
  ...{ users: 0, trimmedRows: 0, busyUsers: 0, erasedKeys: 0, orphanKeys: 0, forgottenDevices: 0 },
  more: false,
};

async function runs(report: (run: number) => MaintenanceReport) {
  let count = 0;
  let sleptMs = 0;
  const lines: string[] = [];
  const done = await maintainUntilDone({
    run: () => Promise.resolve(report(++count)),
    say: (line) => void lines.push(line),
    clock: { sleep: (ms) => Promise.resolve(void (sleptMs += ms)) },
  });
  return { done, count, sleptMs, lines };
}

Deno.test("housekeeping goes on until nothing is left, and waits only for a store that is locked", async () => {
  const busy = await runs((run) => ({ ...nothing, users: run === 2 ? 0 : 5, more: run < 4 }));
  assertEquals([busy.done, busy.count, busy.sleptMs, busy.lines.length], [true, 4, 1000, 4]);
});

Deno.test("housekeeping that is not done after the most runs of a call says so", async () => {
  const endless = await runs(() => ({ ...nothing, users: 1, more: true }));
  assertEquals([endless.done, endless.count], [false, maintenanceRunsMax]);
});

Deno.test("arguments, which maintain has none of, end it with 2 before anything is done", async () => {
  for (const argument of ["--help", "--dry-run", "now"]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/maintain.ts", argument],
      env: { KV_PATH: "/none/sync.kv" },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, out], [2, ""], error);
    assert(error!.includes(`"${argument}". Nothing was done.\nUsage: deno task maintain`), error);
  }
});

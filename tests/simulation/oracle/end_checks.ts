/**
 * When a world is quiet: I3 and I17 (every change that was promised to be kept is somewhere a person can find it),
 * I10 and I7 in full (every device has the server's state), I8 in full, I21 (and says so).
 */
import type { World } from "../world.ts";
import { waits } from "./change_register.ts";
import { same } from "./same.ts";
import { checkSaved, checkView } from "./page_checks.ts";

export function checkEnd(world: World): void {
  const { oracle } = world;
  const { run, ledger, register } = oracle;
  for (const account of register.all()) {
    if (!account.acknowledged || account.excuse !== null || account.discarded || waits(account)) continue;
    const there = ledger.erased.has(account.changeId) ||
      [...ledger.lines.values()].some(({ marks }) => marks.has(account.changeId));
    run.hold("I3", there, () => `${account.changeId} was promised to be kept, but nobody has it`);
  }
  for (const profile of world.profiles) {
    for (const page of profile.living) {
      const mirror = oracle.shownBy(page)!;
      const line = ledger.lineOf(mirror.user!);
      const shown = mirror.base[mirror.sync.shownSlot]!;
      for (const key of new Set([...shown.keys(), ...line.entities.keys()])) {
        const row = shown.get(key);
        const point = line.at(key, line.head);
        run.hold(
          "I10",
          same(row ? row.raw ?? row.data : null, point?.data ?? null),
          () =>
            `${page.name} ends with ${key} = ${JSON.stringify(row?.data)}, the server with ${
              JSON.stringify(point?.data)
            }`,
        );
      }
      checkView(run, page, mirror, mirror.keys());
      checkSaved(run, page, mirror);
      oracle.telling.atRest(page, mirror);
      const { state } = page.client.status;
      const calm = mirror.quarantine.size === 0 && mirror.queue.size === 0;
      run.hold(
        "I21",
        !calm || state === "synced" || state === "conflict" || state === "lost",
        () => `${page.name} says '${state}' although everything is saved`,
      );
    }
  }
}

/**
 * The rollout switches on a store: decisions for users, changes by operators. Invariant: a change and its audit
 * row are one commit that checks what it was worked out from, so no operator overwrites another's unseen.
 */
import type { FlagsAuthor, FlagsChange, FlagsState, FlagsWritten, RolloutFlags } from "../rollout_flags.ts";
import { backoffMs, budget } from "./budget.ts";
import { busy, orBusy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import type { FlagsRead } from "./flag_store.ts";
import { isInRollout, rolloutBucket } from "./flags_bucket.ts";
import { overridesAfter, planFlagsChange, switchesOf } from "./flags_plan.ts";

/** The switches of the store in `deps`. */
export function createRolloutFlags(deps: LedgerDeps): RolloutFlags {
  const { store } = deps;
  return {
    async decide(user, settings) {
      const { flags, override } = await store.readFlagsFor(user);
      if (settings.paused || flags.paused === true) return { syncV2: false, reason: "paused" };
      if (override !== null) return { syncV2: override, reason: "override" };
      const bucket = await rolloutBucket(user, deps.sha256Hex);
      return { syncV2: isInRollout(bucket, flags.percent ?? settings.rolloutPercent), reason: "rollout" };
    },
    read: async () => stateOf(await store.readFlags()),
    change: (change, author, token) => orBusy(() => changeFlags(deps, change, author, token)),
    async audit({ before, limit }) {
      const rows = await store.listFlagsAudit(before ?? null, limit + 1);
      const page = rows.slice(0, limit);
      return { rows: page, nextBefore: rows.length > limit ? page.at(-1)!.revision : null };
    },
  };
}

async function changeFlags(
  deps: LedgerDeps,
  change: FlagsChange,
  author: FlagsAuthor,
  token: string | undefined,
): Promise<FlagsWritten> {
  for (let attempt = 1; attempt <= budget.attemptsMax; attempt++) {
    const read = await deps.store.readFlags();
    if (token !== undefined && token !== read.token) return { ok: false, code: "changed_meanwhile" };
    const plan = planFlagsChange(read, change, author, new Date(deps.clock.nowMs()).toISOString());
    if (plan.kind === "unchanged") return { ok: true, state: stateOf(read), row: "unchanged" };
    if (plan.kind === "too_many_overrides") return { ok: false, code: plan.kind, reason: plan.reason };
    const { write } = plan;
    const written = await deps.store.writeFlags(read.token, write);
    if (written !== null) {
      const overrides = overridesAfter(read.overrides, write.overrides);
      return { ok: true, state: stateOf({ flags: write.flags, token: written, overrides }), row: write.row };
    }
    await deps.clock.sleep(backoffMs(attempt, deps.random.next()));
  }
  return busy;
}

function stateOf({ flags, token, overrides }: FlagsRead): FlagsState {
  return { ...switchesOf(flags), revision: flags.revision ?? 0, overrides, token };
}

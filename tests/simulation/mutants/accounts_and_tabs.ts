/** Bugs between the users of a device, and between the tabs of a user. */
import type { Mutant } from "./mutant.ts";

export const accountAndTabMutants: readonly Mutant[] = [
  {
    name: "token-of-another-user",
    breaks: ["I16", "I17"],
    file: "client/network/request.ts",
    find: `    if (token === null || tokenSubject(token) !== userId) return "unauthenticated";`,
    replace: `    if (token === null || userId === null) return "unauthenticated";`,
    why: "One user's queue is sent with another's token.",
  },
  {
    name: "claimed-edits-taken-over",
    breaks: ["I16"],
    file: "client/network/adopt_anonymous.ts",
    find:
      `    const free = rows.filter(([, row]) => row.claimedBy === undefined || row.claimedBy === userId);`,
    replace: `    const free = rows.filter(([, row]) => row.change !== undefined);`,
    why: "Edits that one user has adopted half-way become another's, too.",
  },
  {
    name: "logout-loses-what-waits",
    breaks: ["I3"],
    file: "client/accounts.ts",
    find: `    if (unsaved > 0) {`,
    replace: `    if (unsaved > 64) {`,
    why: "A logout deletes what has not been saved, without a word.",
  },
  {
    name: "clone-keeps-its-name",
    breaks: ["I10", "model"],
    file: "client/network/apply_response.ts",
    find:
      `    if (!fold.compacted && isForeignTwin(rows, batch, change, deviceId)) outcome.deviceIdTaken = true;`,
    replace:
      `    if (fold.compacted && isForeignTwin(rows, batch, change, deviceId)) outcome.deviceIdTaken = true;`,
    why: "Two devices with one name never hear of conflicts with each other.",
  },
  {
    name: "tabs-exchange-side-by-side",
    breaks: ["I20"],
    file: "client/network/sync_run.ts",
    find: `      lock.run(lockName, lockWaitMs, exchange, givenUp).then(resolve, reject).finally(stay);`,
    replace: `      const turn = failing ? lock.run(lockName, lockWaitMs, exchange, givenUp) : exchange();
      turn.then(resolve, reject).finally(stay);`,
    why: "Every tab sends what another has under way.",
  },
  {
    name: "tabs-lose-patience-at-once",
    breaks: ["I20"],
    file: "client/network/mod.ts",
    find: `      lockWaitMs: this.#timing.requestTimeoutMs + lockGraceMs,`,
    replace: `      lockWaitMs: lockGraceMs / 1_000,`,
    why: "Every tab takes the lock from the one that has it, and sends the same.",
  },
  {
    name: "device-noted-with-another-user",
    breaks: ["I16"],
    file: "api/ledger/keep_device.ts",
    find: `    await store.writeDevice(user, device, token);`,
    replace: `    await store.writeDevice(user.slice(0, -1), device, token);`,
    why: "One user's devices are listed with another's.",
  },
  {
    name: "plan-on-stale-rows",
    breaks: ["I1", "I3", "I6", "I7", "I8"],
    file: "client/device_state.ts",
    find: `        await this.#catchUp(tx);
        plan = makePlan(this.rows);`,
    replace: `        if (!this.#loaded) await this.#catchUp(tx);
        plan = makePlan(this.rows);`,
    why: "A tab decides by what another tab has changed already.",
  },
  {
    name: "journal-without-deletions",
    breaks: ["I8", "I1", "I3"],
    file: "client/device_state.ts",
    find: `    ? distinct([...remove, ...put.map(([key]) => key)])`,
    replace: `    ? distinct(put.map(([key]) => key))`,
    why: "Other tabs go on showing, and sending, what is settled.",
  },
  {
    name: "view-not-told-of-the-cursor",
    breaks: ["I8"],
    file: "client/view.ts",
    find:
      `          if (version > this.rows.sync.viewCursor) concerned.push([change.entityType, change.entityId]);`,
    replace: `          if (version < 0) concerned.push([change.entityType, change.entityId]);`,
    why: "A page goes on showing an own value that others have overwritten.",
  },
  {
    name: "own-ack-above-the-cursor-forgotten",
    breaks: ["I8"],
    file: "client/view.ts",
    find: `      if (row.effect && row.version > sync.viewCursor) entity = applyEffect(entity, row.change);`,
    replace: `      if (row.effect && row.version <= sync.viewCursor) continue;`,
    why: "A saved edit disappears until the page that holds it has come.",
  },
  {
    name: "restart-shown-before-its-time",
    breaks: ["I8"],
    file: "client/view.ts",
    find: `      if (!(row.reoffered && sync.staging)) entity = applyEffect(entity, row.change);`,
    replace: `      if (!row.reoffered || sync.staging) entity = applyEffect(entity, row.change);`,
    why: "While a device starts over it shows its old changes over what others wrote since.",
  },
];

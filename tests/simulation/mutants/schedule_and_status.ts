/** Bugs in when a device asks, and in what it says about itself. */
import type { Mutant } from "./mutant.ts";

export const scheduleAndStatusMutants: readonly Mutant[] = [
  {
    name: "refused-token-kept",
    breaks: ["I19"],
    file: "client/token_keeper.ts",
    find: `      this.#refused = refused;
      this.#token = null;
    }`,
    replace: `      this.#refused = refused;
    }`,
    why: "A token that has expired is sent for ever.",
  },
  {
    name: "request-without-a-time-bound",
    breaks: ["I19"],
    file: "client/network/request.ts",
    find:
      `    const cancelTimer = clock.setTimer(requestTimeoutMs, () => controller.abort(noAnswer.timeout));`,
    replace: `    const cancelTimer = clock.setTimer(requestTimeoutMs, () => this.#open.delete(controller));`,
    why: "A request that nobody answers is waited for until the page is closed.",
  },
  {
    name: "failure-ends-the-schedule",
    breaks: ["I19"],
    file: "client/network/schedule.ts",
    find:
      `      return { ...state, running: false, failures: state.failures + 1, notBefore: now + waitMs, serverAsked };`,
    replace:
      `      return { ...state, running: state.failures > 0, failures: state.failures + 1, notBefore: now + waitMs, serverAsked };`,
    why: "After the second failure in a row a page never asks again by itself.",
  },
  {
    name: "back-off-never-grows",
    breaks: ["I22"],
    file: "client/network/schedule.ts",
    find: `  const step = Math.min(timing.backoffMaxMs, backoffFirstMs * 2 ** Math.min(failures, 30));`,
    replace: `  const step = Math.min(timing.backoffMaxMs, backoffFirstMs * 2 ** Math.min(failures, 1));`,
    why: "A server in trouble is asked every five seconds by everybody.",
  },
  {
    name: "failing-change-tried-with-the-others",
    breaks: ["I12", "I19"],
    file: "client/network/take_batch.ts",
    find: `  const failing = [...rows.queue.values()].filter(isFailing);
  return failing.sort`,
    replace:
      `  const failing = [...rows.queue.values()].filter((row) => isFailing(row) && row.sent === false);
  return failing.sort`,
    why: "A change that the server failed on five times is never tried again.",
  },
  {
    name: "saved-with-changes-waiting",
    breaks: ["I21"],
    file: "client/status.ts",
    find: `  if (pending > 0) return "pending";`,
    replace: `  if (pending > 0 && !facts.headConfirmed) return "pending";`,
    why: "A page says that everything is saved while changes wait.",
  },
  {
    name: "failed-changes-hidden",
    breaks: ["I21"],
    file: "client/status.ts",
    find: `  if (facts.failed > 0) return "failed";`,
    replace: `  if (facts.failed > 0 && pending > 0) return "failed";`,
    why: "A page says that everything is saved while changes have failed.",
  },
  {
    name: "status-deaf-to-other-tabs",
    breaks: ["I21"],
    file: "client/sync_client.ts",
    find: `        if (origin !== "local") core.writer?.settlePromises();
        core.board.update();`,
    replace: `        if (origin !== "local") core.writer?.settlePromises();
        else core.board.update();`,
    why: "A page says that everything is saved while another tab's edits wait.",
  },
  {
    name: "loss-is-not-noticed",
    breaks: ["I21"],
    file: "client/network/lost_changes.ts",
    find: `    if (this.#waits !== this.#marked) this.marks.set(this.#key, this.#waits ? "1" : null);`,
    replace: `    if (!this.#waits && this.#marked) this.marks.set(this.#key, null);`,
    why: "The browser throws the database away, and nobody says that something was lost with it.",
  },
  {
    name: "settled-is-not-told",
    breaks: ["I21"],
    file: "client/network/mod.ts",
    find: `      emit("applied", { changeId: change.changeId, status, version });`,
    replace:
      `      if (status !== "applied") emit("applied", { changeId: change.changeId, status, version });`,
    why: "An app that waits for its edit to be saved waits for ever.",
  },
  {
    name: "promise-of-a-save-never-kept",
    breaks: ["I21"],
    file: "client/edit_writer.ts",
    find: `  if (acked && isSettled(acked.status)) return {`,
    replace: `  if (acked && acked.status === "merged") return {`,
    why: "Who awaits synced awaits it for ever.",
  },
];

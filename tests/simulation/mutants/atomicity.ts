/** Bugs that let part of something become true without the rest. */
import type { Mutant } from "./mutant.ts";

const applyInOne =
  `    const applied = await state.commit("remote", (rows) => planApply(rows, batch, answer.response, facts));
`;

export const atomicityMutants: readonly Mutant[] = [
  {
    name: "commit-check-dropped",
    breaks: ["I1", "I5", "I17", "model"],
    file: "api/adapters/memory_ledger_store.ts",
    find: `      if (tokenOf(rows) !== token) return Promise.resolve({ ok: false, code: "head_moved" });
      const written`,
    replace: `      // The last writer wins.
      const written`,
    why: "Two writers of one user overwrite each other: versions are given out twice.",
  },
  {
    name: "verdicts-before-their-commit",
    breaks: ["I1", "I3"],
    file: "api/ledger/push.ts",
    find: `      keepSettled(job, untilStep(settled, written));
      return "moved";`,
    replace: `      keepSettled(job, settled);
      return "moved";`,
    why: "A lost race is told as a success, and the client forgets a change that nobody has.",
  },
  {
    name: "budget-settles-the-rest",
    breaks: ["I1", "I3"],
    file: "api/ledger/push.ts",
    find: `    job.head = steps[written - 1]!.head;
  }
  keepSettled(job, untilStep(settled, written));`,
    replace: `    job.head = steps[written - 1]!.head;
  }
  keepSettled(job, settled);`,
    why: "What was not reached within the commits of one request is told as settled.",
  },
  {
    name: "row-for-what-changes-nothing",
    breaks: ["I5"],
    file: "api/ledger/settle.ts",
    find: `    working.marks.set(prepared.markId, mark);
    return {
      verdict: { changeId, status: "duplicate", version: resolution.version },`,
    replace: `    working.marks.set(prepared.markId, mark);
    working.head = { ...working.head, version };
    return {
      verdict: { changeId, status: "duplicate", version: resolution.version },`,
    why: "A version is used up without a row: the log has a gap.",
  },
  {
    name: "cursor-before-data",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/exchange.ts",
    find: applyInOne,
    replace: `    let plan!: ReturnType<typeof planApply>;
    await state.commit("remote", (rows) => {
      plan = planApply(rows, batch, answer.response, facts);
      return { put: (plan.put ?? []).filter(([[kind]]) => kind === "meta"), result: undefined };
    });
    const applied = await state.commit("remote", () => ({
      ...plan,
      put: (plan.put ?? []).filter(([[kind]]) => kind !== "meta"),
    }));
`,
    why: "A tab that dies between the two has passed changes that it never stored.",
  },
  {
    name: "data-before-cursor",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/exchange.ts",
    find: applyInOne,
    replace: `    let plan!: ReturnType<typeof planApply>;
    await state.commit("remote", (rows) => {
      plan = planApply(rows, batch, answer.response, facts);
      return { ...plan, put: (plan.put ?? []).filter(([[kind]]) => kind !== "meta"), result: undefined };
    });
    const applied = await state.commit("remote", () => ({
      put: (plan.put ?? []).filter(([[kind]]) => kind === "meta"),
      result: plan.result,
    }));
`,
    why: "A tab that dies between the two folds the same page twice.",
  },
  {
    name: "promise-before-durable",
    breaks: ["I2"],
    file: "client/edit_writer.ts",
    find: `          return planQueue(rows, taken.map(({ edit }) => edit));`,
    replace: `          const plan = planQueue(rows, taken.map(({ edit }) => edit));
          taken.forEach(({ resolve, edit }, i) => resolve(this.#promise(plan.result[i]!, edit.intent)));
          return plan;`,
    why: "The app is told that an edit is kept while the disk may still refuse it.",
  },
  {
    name: "copy-ahead-of-the-disk",
    breaks: ["I8", "I2", "I3"],
    file: "client/device_state.ts",
    find: `        touched = write(tx, plan, this.rows.revision + 1);
`,
    replace: `        touched = write(tx, plan, this.rows.revision + 1);
        for (const [key, value] of plan.put ?? []) this.rows.set(key, value);
`,
    why: "When the transaction fails the page shows, and sends, an edit that it has refused.",
  },
  {
    name: "slots-cleared-after-the-puts",
    breaks: ["I7", "I10", "I18"],
    file: "client/device_state.ts",
    find: `  for (const slot of clearSlots) tx.deletePrefix(["base", slot]);
  tx.delete(remove);
  tx.put(put);`,
    replace: `  tx.delete(remove);
  tx.put(put);
  for (const slot of clearSlots) tx.deletePrefix(["base", slot]);`,
    why: "A restart loses the page that it came with.",
  },
];

import fc from "fast-check";
import { Life } from "./browser_life.ts";
import { anyStep } from "./life_steps.ts";

Deno.test("no order of writes, faults and people loses an item, revives one, or gives it to somebody else", async () => {
  const life = fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 40 }), async (steps) => {
    const life = new Life();
    try {
      await life.take({ do: "signIn", who: "clara", turns: 0 });
      for (const step of steps) {
        await life.take(step);
        life.check();
      }
      await life.end();
    } finally {
      await life.close();
    }
  });
  // A failure prints its seed and path; the same seed repeats it.
  await fc.assert(life, { numRuns: Number(Deno.env.get("RUNS") ?? 30) });
});

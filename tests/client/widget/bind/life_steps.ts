/** What may happen in the life of a browser that several people use, as fast-check makes it up. */
import fc from "fast-check";

/** Who uses the browser. */
export const people = ["clara", "erik"] as const;
export type Person = (typeof people)[number];

/** What happens next. */
export type Step =
  | { do: "add"; count: number; size: number }
  | { do: "addOnSwitch" }
  | { do: "edit" | "delete"; pick: number }
  | { do: "startLook"; turns: number }
  | { do: "signIn"; who: Person; turns: number }
  | { do: "logout"; turns: number }
  | { do: "remoteAdd" | "remoteDelete"; who: Person; pick: number }
  | { do: "full"; spare: number }
  | { do: "roomy" | "look" | "sync" | "reload" | "clearKey" };

const pick = fc.nat(20);
const who = fc.constantFrom(...people);
const turns = fc.nat(120);
/** Any step, the frequent ones more often. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("add"),
      count: fc.integer({ min: 1, max: 4 }),
      size: fc.nat(400),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("edit", "delete"), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("startLook"), turns }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("addOnSwitch") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("signIn"), who, turns }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("logout"), turns }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("remoteAdd", "remoteDelete"), who, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("full"), spare: fc.nat(1500) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom("roomy", "look", "sync", "sync", "reload", "clearKey") }),
  },
) as fc.Arbitrary<Step>;

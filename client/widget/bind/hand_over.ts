/**
 * An array passes from one user to the next. Pure. Where array and records of the one who goes differ, both sides
 * are kept for them, and put back when they come again. What was written while nobody was signed in belongs to who
 * signs in next, like any other edit.
 */
import { sameJson } from "../../../shared/mod.ts";
import { type Agreement, type Left, newAgreement } from "./agreement.ts";
import { idOf, itemsById, stillRefused } from "./plan_array_sync.ts";

/** The agreement of `userId` after `agreed`; `array` is what the page has, null if it cannot be read. */
export function handOver(agreed: Agreement, array: unknown[] | null, userId: string | null): Agreement {
  const next = { ...newAgreement(userId), left: new Map(agreed.left) };
  if (agreed.userId === null) return next;
  // What there was no room for when they came is still theirs.
  const whole = agreed.left.has(agreed.userId) ? putBack(agreed, array) : { ...agreed, array };
  const left = leftIn(whole, whole.array ?? null);
  if (Object.values(left).some(({ length }) => length > 0)) next.left.set(agreed.userId, left);
  return { ...next, array: [] };
}

/** The agreement with what its user had left put back into the array. */
export function putBack(agreed: Agreement, array: readonly unknown[] | null): Agreement {
  const left = new Map(agreed.left);
  const own = left.get(agreed.userId!)!;
  left.delete(agreed.userId!);
  const kept = itemsById(own.array);
  const differing = new Set([...kept.keys(), ...itemsById(own.items).keys()]);
  return {
    ...agreed,
    left,
    items: new Map([...agreed.items, ...itemsById(own.items)]),
    refused: new Map([...agreed.refused, ...itemsById(own.refused)]),
    array: [
      ...own.array,
      ...(array ?? [...agreed.items.values()]).filter((item) => {
        const id = idOf(item) ?? "";
        // Written again by the page, or as it was agreed on: it is not a further one.
        return !differing.has(id) || !sameJson(item, agreed.items.get(id)) && !sameJson(item, kept.get(id));
      }),
    ],
  };
}

function leftIn({ items, refused }: Pick<Agreement, "items" | "refused">, array: unknown[] | null): Left {
  // A key that is missing or broken says nothing about its items.
  if (!array) return { array: [...refused.values()], items: [], refused: [...refused.values()] };
  const page = itemsById(array);
  const still = stillRefused(refused, page);
  const further = new Set(array.filter((item) => page.get(idOf(item) ?? "") !== item).map(idOf));
  const isAlike = (id: string) => !still.has(id) && !further.has(id) && sameJson(page.get(id), items.get(id));
  const alike = new Set<unknown>([...page].filter(([id]) => isAlike(id)).map(([, item]) => item));
  return {
    array: array.filter((item) => !alike.has(item)),
    items: [...items].filter(([id]) => !isAlike(id)).map(([, item]) => item),
    refused: [...still.values()],
  };
}

/**
 * An array passes from one user to the next. Pure. Where array and records of the one who goes differ, both sides
 * are kept for them; what the one who comes had left is put back. What was written while nobody was signed in
 * belongs to who signs in next, like any other edit.
 */
import { sameJson } from "../../../shared/mod.ts";
import { type Agreement, type Left, newAgreement } from "./agreement.ts";
import { itemsById, stillRefused } from "./plan_array_sync.ts";

/** The agreement of `userId` after `agreed`; `array` is what the page has, null if it cannot be read. */
export function handOver(agreed: Agreement, array: unknown[] | null, userId: string | null): Agreement {
  const next = { ...newAgreement(userId), left: new Map(agreed.left) };
  if (agreed.userId !== null) {
    const left = leftIn(agreed, array);
    if (Object.values(left).some(({ length }) => length > 0)) next.left.set(agreed.userId, left);
    next.array = [];
  }
  const own = userId === null ? undefined : next.left.get(userId);
  if (!own) return next;
  next.left.delete(userId!);
  const written = agreed.userId === null ? array ?? [] : [];
  return {
    ...next,
    items: itemsById(own.items),
    refused: itemsById(own.refused),
    array: [...written, ...own.array],
  };
}

function leftIn({ items, refused }: Agreement, array: unknown[] | null): Left {
  // A key that is missing or broken says nothing about its items.
  if (!array) return { array: [...refused.values()], items: [], refused: [...refused.values()] };
  const page = itemsById(array);
  const still = stillRefused(refused, page);
  const isAlike = (id: string) => !still.has(id) && sameJson(page.get(id), items.get(id));
  const alike = new Set<unknown>([...page].filter(([id]) => isAlike(id)).map(([, item]) => item));
  return {
    array: array.filter((item) => !alike.has(item)),
    items: [...items].filter(([id]) => !isAlike(id)).map(([, item]) => item),
    refused: [...still.values()],
  };
}

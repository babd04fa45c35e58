/**
 * JSON as a tree that can hold what no JavaScript value can: a key twice, `__proto__`, `1e400`, a lone surrogate
 * as an escape. Text is made without recursion, so that depth is no limit.
 */

export type JsonNode =
  | { kind: "raw"; text: string }
  | { kind: "array"; items: JsonNode[] }
  | { kind: "object"; entries: [key: string, value: JsonNode][] };

export const raw = (text: string): JsonNode => ({ kind: "raw", text });

/** The tree of a JSON value. Keys become JSON text, quotes included. */
export function nodeOf(value: unknown): JsonNode {
  if (Array.isArray(value)) return { kind: "array", items: value.map(nodeOf) };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    return { kind: "object", entries: entries.map(([key, part]) => [JSON.stringify(key), nodeOf(part)]) };
  }
  return raw(JSON.stringify(value));
}

/** The text of a tree. */
export function textOf(root: JsonNode): string {
  let text = "";
  const stack: (JsonNode | string)[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next === "string") text += next;
    else if (next.kind === "raw") text += next.text;
    else if (next.kind === "array") {
      text += "[";
      stack.push("]");
      for (let i = next.items.length - 1; i >= 0; i -= 1) stack.push(next.items[i]!, ...(i > 0 ? [","] : []));
    } else {
      text += "{";
      stack.push("}");
      for (let i = next.entries.length - 1; i >= 0; i -= 1) {
        const [key, value] = next.entries[i]!;
        stack.push(value, `${i > 0 ? "," : ""}${key}:`);
      }
    }
  }
  return text;
}

/** Every place of a tree that can be replaced. */
export function placesOf(root: { node: JsonNode }): Place[] {
  const places: Place[] = [{ get: () => root.node, set: (node) => void (root.node = node) }];
  for (let at = 0; at < places.length; at += 1) {
    const node = places[at]!.get();
    if (node.kind === "array") {
      node.items.forEach((_, i) =>
        places.push({ get: () => node.items[i]!, set: (part) => void (node.items[i] = part) })
      );
    } else if (node.kind === "object") {
      for (const entry of node.entries) {
        places.push({ get: () => entry[1], set: (part) => void (entry[1] = part) });
      }
    }
  }
  return places;
}

/** One place of a tree. */
export interface Place {
  get(): JsonNode;
  set(node: JsonNode): void;
}

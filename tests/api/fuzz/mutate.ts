/** Mutations: of the structure of a request, and of the bytes that carry it. */
import { type JsonNode, placesOf, raw, textOf } from "./json_node.ts";
import type { SeededRandom } from "./seeded_random.ts";

const quoted = (text: string) => JSON.stringify(text);
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** Values at edges, as JSON text. */
const edgeValues = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1",
    "1.5",
    "1e2",
    "500",
    "1001",
    "1e400",
    "-1e400",
    "5e-324",
  ],
  ...["9007199254740991", "9007199254740992", "-9007199254740993", "8.64e15", "8.64000000000001e15"],
  ...[
    "[]",
    "{}",
    '""',
    '"0"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ufffd"',
    '"é"',
    '"e\\u0301"',
  ],
  ...["CREATED", "UPDATED", "DELETED", "__proto__", "constructor", "goal", "true", "x\u007fy"].map(quoted),
  ...[128, 129, 64, 65].map((length) => quoted("x".repeat(length))),
  quoted("名".repeat(128)),
  quoted("00000000-0000-4000-8000-00000000000"),
  quoted("FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF"),
  ...[1, 30, 31, 32, 33, 200].map(nested),
  '{"__proto__":{"polluted":true}}',
  '{"a":{"constructor":{"prototype":{"polluted":true}}}}',
];
/** Rare, because they are slow. */
const heavyValues = (random: SeededRandom): string =>
  random.pick([
    () => nested(5_000),
    () => quoted("x".repeat(random.between(262_000, 262_200))),
    () => quoted("名".repeat(90_000)),
    () => `{${Array.from({ length: random.between(998, 1_002) }, (_, i) => `"f${i}":${i}`).join()}}`,
    () => `[${Array.from({ length: random.between(499, 502) }, () => "7").join()}]`,
    () => quoted("x".repeat(1024 * 1024)),
  ])();
const edgeKeys = [
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "length",
    "",
    "\u0000",
    "data",
    "type",
    "x".repeat(129),
  ]
    .map(quoted),
  ...['"\\ud800"', '"\\u005f_proto__"', '"changeId"', '"unset"'],
];

/** The root and its fields come first among the places. */
const envelopePlaces = 7;

/** Changes a tree in one place. */
export function mutateNode(root: { node: JsonNode }, random: SeededRandom): void {
  const places = placesOf(root);
  // Mostly inside the changes: one fault of the envelope is a 400 that hides all others.
  const inner = places.slice(envelopePlaces);
  const place = random.pick(inner.length > 0 && random.chance(0.8) ? inner : places);
  const node = place.get();
  const replace = () => place.set(raw(random.chance(0.03) ? heavyValues(random) : random.pick(edgeValues)));
  if (node.kind === "raw" || random.chance(0.3)) return replace();
  const parts: unknown[] = node.kind === "array" ? node.items : node.entries;
  const at = random.between(0, Math.max(0, parts.length - 1));
  switch (random.between(0, 6)) {
    case 0:
      return void parts.splice(at, 1);
    case 1: // The same item, or the same key, twice.
      if (parts.length === 0) return replace();
      if (node.kind === "array") node.items.splice(at, 0, copied(node.items[at]!));
      else node.entries.splice(at, 0, [node.entries[at]![0], copied(node.entries[at]![1])]);
      return;
    case 2:
      return void parts.reverse();
    case 3: // A copy of something from elsewhere.
      return place.set(copied(random.pick(places).get()));
    case 4:
      return place.set(wrapped(node, random.chance(0.02) ? 4_000 : random.between(1, 40)));
    default: {
      if (node.kind === "array") return replace();
      const entry = node.entries[at];
      if (entry === undefined || random.chance(0.5)) {
        return void node.entries.push([random.pick(edgeKeys), raw(random.pick(edgeValues))]);
      }
      entry[0] = random.pick(edgeKeys);
    }
  }
}

/** As text: a tree that is copied into itself would grow too deep to be copied again. */
function copied(node: JsonNode): JsonNode {
  return raw(textOf(node));
}

function wrapped(node: JsonNode, levels: number): JsonNode {
  return raw("[".repeat(levels) + textOf(node) + "]".repeat(levels));
}

/** Changes bytes in a few places. */
export function mutateBytes(bytes: Uint8Array<ArrayBuffer>, random: SeededRandom): Uint8Array<ArrayBuffer> {
  let mutated = bytes.slice();
  const rounds = random.between(1, 4);
  for (let round = 0; round < rounds; round += 1) {
    const at = random.between(0, Math.max(0, mutated.length - 1));
    const to = Math.min(mutated.length, at + random.between(1, 64));
    switch (random.between(0, 5)) {
      case 0:
        mutated[at] = (mutated[at] ?? 0) ^ (1 << random.between(0, 7));
        break;
      case 1:
        mutated[at] = random.between(0, 255);
        break;
      case 2:
        mutated = mutated.slice(0, at);
        break;
      case 3: // A piece twice.
        mutated = joined(mutated.subarray(0, to), mutated.subarray(at));
        break;
      case 4: // A piece less.
        mutated = joined(mutated.subarray(0, at), mutated.subarray(to));
        break;
      default:
        mutated = joined(
          mutated.subarray(0, at),
          Uint8Array.from(
            random.pick([[0xef, 0xbb, 0xbf], [0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0], [0x22], [0x2c]]),
          ),
          mutated.subarray(at),
        );
    }
  }
  return mutated;
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

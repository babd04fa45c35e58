/**
 * Everything in a store that is no user's ledger: switches, legacy rows, whatever is added later. It is carried
 * key by key, unread, as text that keeps the types of Deno KV.
 */
import { Buffer } from "node:buffer";
import { flagsAuditKey, flagsKey, legacyKey } from "../../api/adapters/kv_keys.ts";

/** Kinds that snapshots of users carry, or that belong to this store and no other. */
const ledgerKinds: ReadonlySet<Deno.KvKeyPart> = new Set([
  ...["head", "log", "mark", "entity", "feed", "part", "device"],
  ...["generation", "sweep", "ahead", "maintained", "restore"],
]);

/** The rollout switches and their audit trail: how a store is run, not what is in it. */
const flagKinds: ReadonlySet<Deno.KvKeyPart> = new Set([flagsKey[0]!, flagsAuditKey(0)[0]!]);

/** Most kinds of keys that a store may have; ours are about a dozen. */
const kindsMax = 1000;

/** The first parts of all keys, each once. */
export async function kindsOf(kv: Deno.Kv): Promise<string[]> {
  const kinds: string[] = [];
  let start: Deno.KvKey = [new Uint8Array()];
  while (kinds.length < kindsMax) {
    const { value: first } = await kv.list({ start, end: [true] }, { limit: 1 }).next();
    if (!first) return kinds;
    const kind = first.key[0];
    if (typeof kind !== "string") {
      throw new Error("Cannot go through this store: it has keys that begin with something other than text");
    }
    kinds.push(kind);
    start = [justAbove(kind)];
  }
  throw new Error(`Cannot go through this store: it has more than ${kindsMax} kinds of keys`);
}

/** The next text in the order of keys. */
function justAbove(kind: string): string {
  return `${kind}\0`;
}

/** Whether anybody's data is in the store; a generation alone is none, and switches are none. */
export async function isEmptyStore(kv: Deno.Kv): Promise<boolean> {
  return (await kindsOf(kv)).every((kind) =>
    kind === "generation" || kind === "maintained" || flagKinds.has(kind)
  );
}

/** Whether a key belongs to the rollout switches. */
export function isFlagKey(key: Deno.KvKey): boolean {
  return flagKinds.has(key[0]!);
}

/**
 * Whether a key holds V1's tokens or answers (see `kv_v1_notes.ts`). They belong to a key space, which a restore
 * replaces: nobody would find them under the old one, no sweep would be told of it, and their age would be lost.
 */
export function isV1NoteKey([kind, , space]: Deno.KvKey): boolean {
  return kind === legacyKey[0] && typeof space === "number";
}

/** Whether the rollout switches were ever set in this store. */
export async function hasFlags(kv: Deno.Kv): Promise<boolean> {
  return (await kv.get(flagsKey)).versionstamp !== null;
}

/** All keys that are no ledger's, with their values. */
export async function* otherKeys(kv: Deno.Kv): AsyncGenerator<Deno.KvEntry<unknown>> {
  for (const kind of await kindsOf(kv)) {
    // Not by prefix: that would leave out the key that is the kind alone, as `["flags"]` is.
    if (!ledgerKinds.has(kind)) yield* kv.list({ start: [kind], end: [justAbove(kind)] }, { batchSize: 100 });
  }
}

type Tagged = ["s", string] | ["n", number] | ["i", string] | ["b", boolean] | ["u", string];

/** A key as text. */
export function formatKey(key: Deno.KvKey): string {
  return JSON.stringify(key.map((part): Tagged => {
    if (typeof part === "string") return ["s", part];
    if (typeof part === "number") return ["n", part];
    if (typeof part === "bigint") return ["i", String(part)];
    return typeof part === "boolean" ? ["b", part] : ["u", toBase64(part as Uint8Array)];
  }));
}

/** A key that {@linkcode formatKey} wrote. */
export function parseKey(text: string): Deno.KvKey {
  return (JSON.parse(text) as Tagged[]).map(([tag, part]): Deno.KvKeyPart => {
    if (tag === "i") return BigInt(part);
    return tag === "u" ? fromBase64(part) : part;
  });
}

/** A value as text: bytes, JSON, or a counter. Anything else is refused: it could not come back as it was. */
export function formatValue(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(["u", toBase64(value)]);
  if (value instanceof Deno.KvU64) return JSON.stringify(["k", String(value.value)]);
  if (!isJson(value)) throw new Error("Cannot back up a value that is neither bytes, JSON nor a counter");
  return JSON.stringify(["j", value]);
}

/** A value that {@linkcode formatValue} wrote. */
export function parseValue(text: string): unknown {
  const [tag, value] = JSON.parse(text) as ["u" | "k", string] | ["j", unknown];
  if (tag === "u") return fromBase64(value);
  return tag === "k" ? new Deno.KvU64(BigInt(value)) : value;
}

function isJson(value: unknown): boolean {
  if (value === null || ["string", "boolean"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isJson);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}

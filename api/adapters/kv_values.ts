/**
 * Values as Deno KV keeps them: UTF-8 JSON bytes (V8's own encoding doubles a text with one CJK character).
 * What is larger than `inlineBytesMax` lies in parts; its root value then is a manifest that names them.
 *
 * Invariant: parts are immutable and belong to one root; a root and the parts it names become visible
 * together, since nothing refers to parts before their root is written.
 */
import type { SettledStatus } from "../../shared/mod.ts";
import type { DeviceRow, EntityState, FeedEntry, Flags, Head, LogRow, Mark } from "../ledger/records.ts";
import { entityOf, type StoredEntity, storedEntity } from "./stored_entity.ts";

/** Largest value kept in one piece; small, so that reading many roots at once stays bounded. */
export const inlineBytesMax = 16 * 1024;
/** Bytes of one part: the most that KV takes. */
export const partBytesMax = 65_536;

/** Names the parts of a value. */
export interface Manifest {
  /** Version in the part keys: that of the log row or state. */
  version: number;
  nonce: string;
  parts: number;
  bytes: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
/** First byte of a manifest; JSON of ours always begins with `{` or `[`. */
const manifestTag = 0x01;

/** UTF-8 JSON. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value));
}

/** A value that {@linkcode encodeJson} wrote. */
export function decodeJson<T>(bytes: unknown): T {
  return JSON.parse(decoder.decode(bytes as Uint8Array)) as T;
}

/** The root value of something in parts. */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  const json = encodeJson(manifest);
  const bytes = new Uint8Array(json.byteLength + 1);
  bytes[0] = manifestTag;
  bytes.set(json, 1);
  return bytes;
}

/** The manifest that a root value is, or null for a value in one piece. */
export function readManifest(root: unknown): Manifest | null {
  const bytes = root as Uint8Array;
  return bytes[0] === manifestTag ? decodeJson<Manifest>(bytes.subarray(1)) : null;
}

/** Cuts bytes into parts. */
export function splitBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.byteLength; at += partBytesMax) {
    parts.push(bytes.subarray(at, at + partBytesMax));
  }
  return parts;
}

/** Puts parts together again. */
export function joinParts(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  if (at !== bytes) throw new Error(`A stored value is broken: ${bytes} bytes required, ${at} found`);
  return whole;
}

export function encodeEntity(entity: EntityState): Uint8Array<ArrayBuffer> {
  return encodeJson(storedEntity(entity));
}

export function decodeEntity(bytes: Uint8Array): EntityState {
  return entityOf(decodeJson<StoredEntity>(bytes));
}

export function encodeMark({ version, status, digest }: Mark): Uint8Array<ArrayBuffer> {
  return encodeJson([version, status, digest]);
}

export function decodeMark(bytes: unknown): Mark {
  const [version, status, digest] = decodeJson<[number, SettledStatus, string]>(bytes);
  return { version, status, digest };
}

export function encodeFeed({ entityType, entityId, deleted, dataBytes }: FeedEntry): Uint8Array<ArrayBuffer> {
  return encodeJson([entityType, entityId, deleted ? 1 : 0, dataBytes]);
}

export function decodeFeed(version: number, bytes: unknown): FeedEntry {
  const [entityType, entityId, deleted, dataBytes] = decodeJson<[string, string, number, number]>(bytes);
  return { version, entityType, entityId, deleted: deleted === 1, dataBytes };
}

export const decodeHead = (bytes: unknown): Head => decodeJson<Head>(bytes);
export const decodeRow = (bytes: unknown): LogRow => decodeJson<LogRow>(bytes);
export const decodeDevice = (bytes: unknown): DeviceRow => decodeJson<DeviceRow>(bytes);
export const decodeFlags = (bytes: unknown): Flags => decodeJson<Flags>(bytes);

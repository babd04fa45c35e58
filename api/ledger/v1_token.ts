/**
 * Tokens of V1: opaque to the client, the same for every pull of one version of one history. An erase, a
 * restore or a raised epoch makes other tokens, so that none can name a version of a history that has ended.
 */
import { canonicalJson } from "../../shared/mod.ts";
import { sha256Hex } from "../../shared/universal.ts";

const tokenDigits = 32;

/** The token that names `version`. */
export async function v1Token(user: string, epoch: string, version: number): Promise<string> {
  return `sync_${(await sha256Hex(canonicalJson(["v1", user, epoch, version]))).slice(0, tokenDigits)}`;
}

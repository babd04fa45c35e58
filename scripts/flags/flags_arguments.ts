/** The arguments of `deno task flags`, read into one command or a sentence that says what is wrong. */
import type { FlagsChange } from "../../api/rollout_flags.ts";
import { isPercent } from "../../api/routes/flags_body.ts";
import { isId } from "../../shared/mod.ts";

export const flagsUsage = `Usage: deno task flags [get]
       deno task flags set [--percent N|none] [--pause|--resume] [--override USER=on|off|none]… [--by NAME]
       deno task flags audit [--limit N]
       … --endpoint https://sync.example   (over HTTP, with the token in SYNC_ADMIN_TOKEN; else the store at KV_PATH)`;

const auditLimitDefault = 20;
const auditLimitMax = 1000;

/** What is to be done; `endpoint` undefined: on the store. */
export type FlagsCommand =
  & { endpoint?: string }
  & ({ do: "get" } | { do: "set"; change: FlagsChange; by?: string } | { do: "audit"; limit: number });

/** A command, or what is wrong with the arguments. */
export type ReadFlagsArguments = { ok: true; command: FlagsCommand } | { ok: false; reason: string };

const valued = ["--percent", "--override", "--limit", "--by", "--endpoint"];
const words = ["get", "set", "audit"];

/** Reads arguments; the words may be left out where an option says the same (`--audit` too). */
export function readFlagsArguments(args: readonly string[]): ReadFlagsArguments {
  const change: FlagsChange = {};
  const overrideOf = new Map<string, boolean | null>();
  const seen = new Set<string>();
  let word: string | undefined;
  let limit = auditLimitDefault;
  let by: string | undefined;
  let endpoint: string | undefined;
  const refuse = (reason: string): ReadFlagsArguments => ({ ok: false, reason });

  const rest = [...args];
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name !== "--override" && seen.has(name)) return refuse(`${name} is there twice.`);
    seen.add(name);
    if (words.includes(name) || name === "--audit") {
      const said = name.replace("--", "");
      if (word !== undefined && word !== said) return refuse(`"${word}" and "${said}" exclude each other.`);
      word = said;
      continue;
    }
    const value = valued.includes(name) ? rest.shift() : "";
    if (value === undefined) return refuse(`${name} needs a value.`);
    if (name === "--pause" || name === "--resume") {
      if (change.paused !== undefined) return refuse("--pause and --resume exclude each other.");
      change.paused = name === "--pause";
    } else if (name === "--percent") {
      const percent = value === "none" ? null : /^\d{1,3}(\.\d{1,2})?$/.test(value) ? Number(value) : NaN;
      if (percent !== null && !isPercent(percent)) {
        return refuse(
          `--percent must be 0 to 100 with at most two decimals, or "none" for the servers' setting: it is "${value}".`,
        );
      }
      change.percent = percent;
    } else if (name === "--override") {
      const parsed = readOverride(value);
      if (parsed === null) {
        return refuse(
          `--override must be USER=on, USER=off or USER=none, USER being the token's sub: it is "${value}".`,
        );
      }
      overrideOf.set(...parsed);
    } else if (name === "--limit") {
      limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
      if (limit < 1 || limit > auditLimitMax) {
        return refuse(`--limit must be 1 to ${auditLimitMax}: it is "${value}".`);
      }
    } else if (name === "--by") {
      if (!isId(value)) return refuse("--by must be 1 to 128 characters without control characters.");
      by = value;
    } else if (name === "--endpoint") {
      endpoint = safeEndpoint(value) ?? undefined;
      if (endpoint === undefined) {
        return refuse(
          `--endpoint must be the server's https URL (http only on this machine, the token goes there): it is "${value}".`,
        );
      }
    } else return refuse(`There is no "${name}".`);
  }

  if (overrideOf.size > 0) change.overrideOf = overrideOf;
  const sets = Object.keys(change).length > 0;
  const what = word ?? (sets ? "set" : "get");
  if (what !== "set" && (sets || by !== undefined)) return refuse(`"${what}" changes nothing.`);
  if (what === "set" && !sets) {
    return refuse("Nothing is to be set: give --percent, --pause, --resume or --override.");
  }
  if (what !== "audit" && seen.has("--limit")) return refuse("--limit is for the audit trail.");
  if (by !== undefined && endpoint !== undefined) {
    return refuse("--by is for the store at KV_PATH: over HTTP the token says who you are.");
  }
  const where = endpoint === undefined ? {} : { endpoint };
  if (what === "set") {
    return { ok: true, command: { do: "set", change, ...(by === undefined ? {} : { by }), ...where } };
  }
  return { ok: true, command: what === "audit" ? { do: "audit", limit, ...where } : { do: "get", ...where } };
}

function readOverride(text: string): [string, boolean | null] | null {
  // At the last sign: a user's id may have one too.
  const at = text.lastIndexOf("=");
  const [user, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !isId(user) || !["on", "off", "none"].includes(value)) return null;
  return [user, value === "none" ? null : value === "on"];
}

function safeEndpoint(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, username, password, origin } = new URL(text);
  const local = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  if (username !== "" || password !== "" || !(protocol === "https:" || (protocol === "http:" && local))) {
    return null;
  }
  return origin;
}

import { assert, assertEquals } from "@std/assert";
import { type FlagsCommand, readFlagsArguments } from "../../scripts/flags/flags_arguments.ts";

const read = (text: string) => readFlagsArguments(text === "" ? [] : text.split(" "));

Deno.test("arguments become one command, with or without its word", () => {
  const commands: [string, FlagsCommand][] = [
    ["", { do: "get" }],
    ["get --endpoint https://sync.example/x", { do: "get", endpoint: "https://sync.example" }],
    ["--endpoint http://127.0.0.1:8000", { do: "get", endpoint: "http://127.0.0.1:8000" }],
    ["--percent 5", { do: "set", change: { percent: 5 } }],
    ["set --percent 0.25 --pause --by clara", {
      do: "set",
      change: { percent: 0.25, paused: true },
      by: "clara",
    }],
    ["set --percent none --resume", { do: "set", change: { percent: null, paused: false } }],
    ["--override a=on --override b=c=off --override d=none", {
      do: "set",
      change: { overrideOf: new Map<string, boolean | null>([["a", true], ["b=c", false], ["d", null]]) },
    }],
    ["audit", { do: "audit", limit: 20 }],
    ["--audit --limit 1000", { do: "audit", limit: 1000 }],
  ];
  for (const [text, command] of commands) assertEquals(read(text), { ok: true, command }, text);
});

Deno.test("arguments that cannot be meant are refused with what is wrong, and set nothing", () => {
  const refused: [string, string][] = [
    ["set", "Nothing is to be set"],
    ["--percent", "--percent needs a value"],
    ["--percent 101", "0 to 100"],
    ["--percent 5%", "0 to 100"],
    ["--percent 5.125", "two decimals"],
    ["--percent -1", "0 to 100"],
    ["--percent 5 --percent 6", "twice"],
    ["--pause --resume", "exclude each other"],
    ["get audit", "exclude each other"],
    ["get --pause", "changes nothing"],
    ["audit --percent 5", "changes nothing"],
    ["--override ada", "USER=on"],
    ["--override =on", "USER=on"],
    ["--override ada=yes", "USER=on"],
    ["--limit 5", "audit trail"],
    ["audit --limit 0", "1 to 1000"],
    ["--pause --by clara --endpoint https://sync.example", "the token says who"],
    ["--endpoint http://sync.example", "https"],
    ["--endpoint https://a:b@sync.example", "https"],
    ["--endpoint ftp://127.0.0.1", "https"],
    ["--paus", 'no "--paus"'],
    ["pause", 'no "pause"'],
  ];
  for (const [text, says] of refused) {
    const result = read(text);
    assert(!result.ok && result.reason.includes(says), `${text}: ${JSON.stringify(result)}`);
  }
});

/**
 * The wire protocol, shared by server and client. Pure: no I/O, no clock, no DOM, no `Deno`.
 * The zod description of the same wire is in `schema.ts` and is not exported here, so that no client bundle
 * carries zod by accident.
 */
export type * from "./answers.ts";
export * from "./change.ts";
export * from "./check_change.ts";
export * from "./checksum.ts";
export * from "./digest.ts";
export * from "./exchange.ts";
export * from "./json.ts";
export * from "./limits.ts";
export * from "./merge.ts";
export * from "./problem.ts";
export * from "./scan_json.ts";

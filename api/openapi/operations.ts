/** Every operation of the server, in the order of the contract. */
import { limits } from "../../shared/mod.ts";
import { flagLimits } from "../ledger/flag_store.ts";
import type { ServerProblemCode } from "../problem_error.ts";
import { type AnswerDoc, headerDocsOf, type HeaderName, problemAnswers } from "./answers.ts";
import { schemaRef } from "./schemas.ts";

/** An OpenAPI Operation Object. */
export interface OperationDoc {
  operationId: string;
  summary: string;
  tags: string[];
  description?: string;
  security?: [];
  parameters?: unknown[];
  requestBody?: unknown;
  responses: Record<string, AnswerDoc | { $ref: string }>;
}
/** Operations by path and method, lower case. */
export type PathDocs = Record<string, Record<string, OperationDoc>>;

const everyApiCall: readonly ServerProblemCode[] = [
  "unauthenticated",
  "token_expired",
  "rate_limited",
  "internal",
  "busy",
];
const everyPublicCall: readonly ServerProblemCode[] = ["rate_limited", "internal"];
const everyBody: readonly ServerProblemCode[] = [
  "malformed_json",
  "invalid_utf8",
  "invalid_request",
  "request_too_large",
  "unsupported_media_type",
];

interface OperationInput extends Omit<OperationDoc, "responses"> {
  /** What is right. */
  answers: Record<string, AnswerDoc>;
  problems: readonly ServerProblemCode[];
}

/** Anything undocumented is a problem too, so that a client can always read an error. */
function operation({ answers, problems, ...rest }: OperationInput): OperationDoc {
  return {
    ...rest,
    responses: {
      ...answers,
      ...problemAnswers(problems),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function success(
  description: string,
  content: Record<string, { schema: unknown }>,
  headers: readonly HeaderName[] = [],
): AnswerDoc {
  return { description, headers: headerDocsOf(headers), content };
}

const json = (schema: unknown) => ({ "application/json": { schema } });
const rate: readonly HeaderName[] = ["RateLimit", "RateLimit-Policy"];

function query(name: string, description: string, schema: unknown) {
  return { name, in: "query", required: false, description, schema };
}

const pageQuery = [
  query("before", "Only versions below this.", { type: "integer", minimum: 1 }),
  query("limit", "Most rows wanted.", {
    type: "integer",
    minimum: 1,
    maximum: limits.pageChangesMax,
    default: 100,
  }),
];
const entityQuery = [
  query("entityType", "One entity only: with 'entityId', or not at all.", {
    type: "string",
    pattern: "^[a-z][a-z0-9_]{0,63}$",
  }),
  query("entityId", "One entity only: with 'entityType', or not at all.", {
    type: "string",
    minLength: 1,
    maxLength: limits.idUnitsMax,
  }),
];
const contentEncoding = {
  name: "Content-Encoding",
  in: "header",
  required: false,
  description: `Of the request's body, which may have ${limits.requestBytesMax} bytes after inflating.`,
  schema: { type: "string", enum: ["identity", "gzip"] },
};

/** The sync API: everything here needs a token. */
export const apiPaths: PathDocs = {
  "/api/sync/v2": {
    post: operation({
      operationId: "exchange",
      tags: ["sync"],
      summary: "Push and pull in one exchange",
      description:
        "Settles the pushed changes, one verdict each, and gives what is new since the client's cursor. " +
        "Sending a request again is always safe: a change is settled once. One bad change never fails its " +
        "neighbours; 400 is for the envelope only.",
      parameters: [contentEncoding],
      requestBody: { required: true, content: json(schemaRef("SyncRequest")) },
      answers: { 200: success("Verdicts, and the next page.", json(schemaRef("SyncResponse")), rate) },
      problems: [...everyBody, ...everyApiCall, "paused"],
    }),
  },
  "/api/sync/v2/status": {
    get: operation({
      operationId: "status",
      tags: ["sync"],
      summary: "Where the user's log stands, and which devices have been seen",
      description:
        "Of devices those seen last, newest first: at most 1,000, none for longer than about 400 days.",
      answers: { 200: success("The state.", json(schemaRef("Status")), rate) },
      problems: everyApiCall,
    }),
  },
  "/api/sync/v2/migrate": {
    post: operation({
      operationId: "migrate",
      tags: ["sync"],
      summary: "Turn the user's records of the older system into changes",
      description:
        "A bounded number of rows a call; call again while `remaining` is above 0. Any other request of the " +
        "user does the same first, and answers `busy` while rows remain. Doing it again is harmless, and the " +
        "rows themselves stay as they are.",
      answers: { 200: success("What this call did.", json(schemaRef("Migration")), rate) },
      problems: [...everyApiCall, "paused"],
    }),
  },
  "/api/sync/v2/history": {
    get: operation({
      operationId: "history",
      tags: ["audit"],
      summary: "The user's audit trail, newest first, of everything or of one entity",
      parameters: [...entityQuery, ...pageQuery],
      answers: { 200: success("A page.", json(schemaRef("History")), rate) },
      problems: ["invalid_request", ...everyApiCall],
    }),
  },
  "/api/sync/v2/conflicts": {
    get: operation({
      operationId: "conflicts",
      tags: ["audit"],
      summary: "The user's conflicts, newest first, as the exchange told them",
      parameters: pageQuery,
      answers: { 200: success("A page.", json(schemaRef("Conflicts")), rate) },
      problems: ["invalid_request", ...everyApiCall],
    }),
  },
  "/api/sync/v2/export": {
    get: operation({
      operationId: "export",
      tags: ["audit"],
      summary: "Everything of the user, streamed",
      description:
        "NDJSON, one ExportLine a line: a head, the entities, the changes. An export that fails breaks off.",
      answers: {
        200: success("The lines.", { "application/x-ndjson": { schema: schemaRef("ExportLine") } }, [
          "Content-Disposition",
          ...rate,
        ]),
      },
      problems: everyApiCall,
    }),
  },
  "/api/sync/v2/data": {
    delete: operation({
      operationId: "erase",
      tags: ["audit"],
      summary: "Erase everything of the user; clients are told `erased`",
      answers: { 204: { description: "It is gone.", headers: headerDocsOf(rate) } },
      problems: everyApiCall,
    }),
  },
  "/api/flags": {
    get: operation({
      operationId: "flags",
      tags: ["rollout"],
      summary: "Whether this user is on v2, and why",
      description:
        "By a stable hash of the user: who is in at one percentage stays in at a higher one. An override of the " +
        "user stands above the percentage, `paused` above both. v2 is not closed to who is not in.",
      answers: { 200: success("The decision.", json(schemaRef("Flags")), rate) },
      problems: everyApiCall,
    }),
  },
  "/api/admin/flags": {
    get: operation({
      operationId: "readFlags",
      tags: ["rollout"],
      summary: "What is set",
      answers: { 200: success("It.", json(schemaRef("FlagsAdmin")), ["ETag", ...rate]) },
      problems: [...everyApiCall, "forbidden"],
    }),
    put: operation({
      operationId: "writeFlags",
      tags: ["rollout"],
      summary: "Set the percentage, the kill switch, the overrides",
      description: "In force in every isolate from the next request on, and audited. " +
        `At most ${flagLimits.overridesMax} overrides, of which one request changes at most ` +
        `${flagLimits.overridesPerChangeMax}.`,
      parameters: [contentEncoding, {
        name: "If-Match",
        in: "header",
        required: false,
        description:
          "The ETag of the flags that this change was made from; 412 if somebody changed them since.",
        schema: { type: "string" },
      }],
      requestBody: { required: true, content: json(schemaRef("FlagsRequest")) },
      answers: { 200: success("What is set now.", json(schemaRef("FlagsAdmin")), ["ETag", ...rate]) },
      problems: [...everyBody, ...everyApiCall, "forbidden", "precondition_failed"],
    }),
  },
  "/api/admin/flags/audit": {
    get: operation({
      operationId: "flagsAudit",
      tags: ["rollout"],
      summary: "Who changed the flags, newest first",
      description: `The newest ${flagLimits.auditRowsMax} changes are kept.`,
      parameters: [
        query("before", "Only revisions below this.", { type: "integer", minimum: 1 }),
        pageQuery[1],
      ],
      answers: { 200: success("A page.", json(schemaRef("FlagsAudit")), rate) },
      problems: ["invalid_request", ...everyApiCall, "forbidden"],
    }),
  },
};

/** What needs no token. */
export const publicPaths: PathDocs = {
  "/healthz": {
    get: operation({
      operationId: "health",
      tags: ["server"],
      summary: "The process answers",
      security: [],
      answers: { 200: success("It does.", json(schemaRef("Health"))) },
      problems: [],
    }),
  },
  "/readyz": {
    get: operation({
      operationId: "ready",
      tags: ["server"],
      summary: "The store answers too",
      security: [],
      answers: { 200: success("It does.", json(schemaRef("Health"))) },
      problems: ["busy"],
    }),
  },
  "/openapi.json": {
    get: operation({
      operationId: "openapi",
      tags: ["server"],
      summary: "This document",
      security: [],
      answers: { 200: success("OpenAPI 3.1.", json({ type: "object" })) },
      problems: ["rate_limited"],
    }),
  },
};

/** Files of the built client. `path` has the pattern's `*` as `{file}`. */
export function filePath(path: string, mediaType: string, summary: string): PathDocs {
  const name = path.replace(/[^a-z]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
  return {
    [path]: {
      get: operation({
        operationId: `file${name}`,
        tags: ["files"],
        summary,
        security: [],
        ...(path.includes("{file}")
          ? { parameters: [{ name: "file", in: "path", required: true, schema: { type: "string" } }] }
          : {}),
        answers: {
          200: success("The file.", { [mediaType]: { schema: {} } }, ["ETag"]),
          304: { description: "The file has not changed since.", headers: headerDocsOf(["ETag"]) },
        },
        problems: ["not_found", ...everyPublicCall],
      }),
    },
  };
}

/** Demo mode only. */
export const demoTokenPath: PathDocs = {
  "/demo/token": {
    post: operation({
      operationId: "demoToken",
      tags: ["demo"],
      summary: "Sign in under any demo name",
      security: [],
      requestBody: { required: true, content: json(schemaRef("DemoTokenRequest")) },
      answers: { 200: success("A token for an hour.", json(schemaRef("DemoToken"))) },
      problems: [...everyBody, ...everyPublicCall, "busy"],
    }),
  },
};

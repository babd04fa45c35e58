/** Answers as OpenAPI describes them: a success with its schema, problems grouped by status. */
import { problemMediaType } from "../../shared/mod.ts";
import { type ServerProblemCode, serverProblems } from "../problem_error.ts";
import { schemaRef } from "./schemas.ts";

/** An OpenAPI Response Object. */
export interface AnswerDoc {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: unknown }>;
}

/** Headers by what they say; an answer names those that it always carries. */
const headerDocs = {
  "X-Request-Id": "Names this request in the server's log.",
  "RateLimit": 'What is left to this user: `"user";r=<requests>;t=<seconds until full>`.',
  "RateLimit-Policy": 'The limit: `"user";q=<requests>;w=<seconds>`.',
  "Retry-After": "Whole seconds to wait.",
  "WWW-Authenticate": "`Bearer`; with 403 the scope that is missing.",
  "Allow": "The methods that this path takes.",
  "Accept-Post": "`application/json`, when the content type was at fault.",
  "ETag": "Names this content.",
  "X-Idempotent-Replay": "`true` when this is the answer that the same request was given before.",
  "Content-Disposition": "A file name to save under.",
} as const;
/** A header that is described. */
export type HeaderName = keyof typeof headerDocs;

/** Header Objects; `X-Request-Id` is on every answer. */
export function headerDocsOf(names: readonly HeaderName[], optional: readonly HeaderName[] = []) {
  const doc = (name: HeaderName, required: boolean) => [
    name,
    { description: headerDocs[name], required, schema: { type: "string" } },
  ];
  return Object.fromEntries([
    ...(["X-Request-Id", ...names] as const).map((name) => doc(name, true)),
    ...optional.map((name) => doc(name, false)),
  ]);
}

/** Headers that problems of a status always carry. */
const problemHeaders: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ["WWW-Authenticate"],
  403: ["WWW-Authenticate"],
  405: ["Allow"],
  429: ["Retry-After", "RateLimit", "RateLimit-Policy"],
  503: ["Retry-After"],
};

/** The problems of `codes` as answers by status; every one is a Problem with one of that status's codes. */
export function problemAnswers(codes: readonly ServerProblemCode[]): Record<string, AnswerDoc> {
  const byStatus = new Map<number, ServerProblemCode[]>();
  for (const code of codes) {
    const { status } = serverProblems[code];
    byStatus.set(status, [...byStatus.get(status) ?? [], code]);
  }
  return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [String(status), {
    description: ofStatus.map((code) => `\`${code}\`: ${serverProblems[code].title}.`).join(" "),
    headers: headerDocsOf(problemHeaders[status] ?? [], status === 415 ? ["Accept-Post"] : []),
    content: {
      [problemMediaType]: {
        schema: {
          allOf: [schemaRef("Problem")],
          properties: { status: { const: status }, code: { enum: ofStatus } },
        },
      },
    },
  }]));
}

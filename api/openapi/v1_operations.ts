/** V1's operations. Their errors have V1's own form, with the headers that every other route answers with. */
import { serverProblems } from "../problem_error.ts";
import { v1Paths } from "../routes/v1_answer.ts";
import { v1RequestBytesMax } from "../routes/v1_request.ts";
import { type AnswerDoc, headerDocsOf, type HeaderName, problemAnswers } from "./answers.ts";
import type { OperationDoc, PathDocs } from "./operations.ts";
import { schemaRef } from "./schemas.ts";

const everyV1Call = [
  "invalid_request",
  "unauthenticated",
  "token_expired",
  "rate_limited",
  "internal",
  "busy",
] as const;
const everyV1Body = [
  "malformed_json",
  "invalid_utf8",
  "request_too_large",
  "unsupported_media_type",
  "idempotency_key_reused",
] as const;
type V1ProblemCode = (typeof everyV1Call)[number] | (typeof everyV1Body)[number];

const rate: readonly HeaderName[] = ["RateLimit", "RateLimit-Policy"];
const json = (schema: unknown) => ({ "application/json": { schema } });

const device = {
  name: "X-Device-ID",
  in: "header",
  required: false,
  description: "`dev_…`: who pushes. A field that this device wrote last may always be written again by it.",
  schema: { type: "string", minLength: 1, maxLength: 128 },
};
const bodyHeaders = [device, {
  name: "X-Idempotency-Key",
  in: "header",
  required: false,
  description: "For 24 hours the same request under the same key gets the same answer.",
  schema: { type: "string", minLength: 1, maxLength: 128 },
}, {
  name: "Content-Encoding",
  in: "header",
  required: false,
  description: `Of the request's body, which may have ${v1RequestBytesMax} bytes after inflating.`,
  schema: { type: "string", enum: ["identity", "gzip"] },
}];

/** The operations. */
export const v1PathDocs: PathDocs = {
  [v1Paths.pull]: {
    post: operation({
      operationId: "v1Pull",
      summary: "The full state: live entries and goals, newest first",
      parameters: [device],
      answers: {
        200: {
          description: "The state.",
          headers: headerDocsOf(rate),
          content: json(schemaRef("V1PullAnswer")),
        },
      },
      problems: [...everyV1Call, "request_too_large"],
    }),
  },
  [v1Paths.push]: {
    post: operation({
      operationId: "v1Push",
      summary: "Push whole entries and goals",
      description:
        "A record becomes the changes that it is: a field is written only where its author has seen " +
        "the last write of it, or made it. What is not taken is named in `conflicts`. Nothing that is left out " +
        "is deleted, and nothing that was deleted comes back.",
      parameters: bodyHeaders,
      requestBody: { required: true, content: json(schemaRef("V1PushRequest")) },
      answers: { 200: kept("V1PushAnswer") },
      problems: [...everyV1Call, ...everyV1Body],
    }),
  },
  [v1Paths.batch]: {
    post: operation({
      operationId: "v1Batch",
      summary: "Push whole entities of any type, by the same rule",
      parameters: bodyHeaders,
      requestBody: { required: true, content: json(schemaRef("V1BatchRequest")) },
      answers: { 200: kept("V1BatchAnswer") },
      problems: [...everyV1Call, ...everyV1Body],
    }),
  },
  [v1Paths.status]: {
    get: operation({
      operationId: "v1Status",
      summary: "Where the user's data stands",
      parameters: [device],
      answers: {
        200: {
          description: "The state.",
          headers: headerDocsOf(rate),
          content: json(schemaRef("V1StatusAnswer")),
        },
      },
      problems: everyV1Call,
    }),
  },
};

interface V1OperationInput extends Omit<OperationDoc, "responses" | "tags"> {
  answers: Record<string, AnswerDoc>;
  problems: readonly V1ProblemCode[];
}

function operation({ answers, problems, ...rest }: V1OperationInput): OperationDoc {
  return {
    ...rest,
    tags: ["v1"],
    responses: {
      ...answers,
      ...v1ErrorAnswers(problems),
      default: { $ref: "#/components/responses/V1Error" },
    },
  };
}

function kept(schema: "V1PushAnswer" | "V1BatchAnswer"): AnswerDoc {
  return {
    description: "What became of the records.",
    headers: headerDocsOf(rate, ["X-Idempotent-Replay"]),
    content: json(schemaRef(schema)),
  };
}

/** The same statuses and headers as problems, in V1's form. */
function v1ErrorAnswers(codes: readonly V1ProblemCode[]): Record<string, AnswerDoc> {
  return Object.fromEntries(
    Object.entries(problemAnswers(codes)).map(([status, { headers }]) => [status, {
      description: codes.filter((code) => serverProblems[code].status === Number(status))
        .map((code) => `${serverProblems[code].title}.`).join(" "),
      ...(headers === undefined ? {} : { headers }),
      content: json({ allOf: [schemaRef("V1Error")], properties: { code: { const: Number(status) } } }),
    }]),
  );
}

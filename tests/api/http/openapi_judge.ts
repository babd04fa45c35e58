/**
 * Judges real answers by an OpenAPI document: status, media type, required headers, body. Stricter than the
 * document in one thing: a field that it does not name is a fault, so that nothing is answered undocumented.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

// deno-lint-ignore no-explicit-any -- an OpenAPI document is walked as plain JSON
type Json = any;

/** Judges answers of one server. */
export interface OpenApiJudge {
  /** Documented answers as `get /path 200` or `get /path 400 invalid_request`, without `default`. */
  documented: string[];
  /** Those that were judged so far. */
  seen: Set<string>;
  /** What is wrong with an answer, or null. `path` is the document's. */
  judge(
    method: string,
    path: string,
    answer: { status: number; headers: Headers; body: string },
  ): string | null;
}

/** A judge that keeps to `document`. */
export function openApiJudge(document: Json): OpenApiJudge {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema({ $id: "doc", ...closed(document) });
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string) => {
    const known = validators.get(pointer);
    if (known) return known;
    const made = ajv.compile({ $ref: `doc#${pointer}` });
    validators.set(pointer, made);
    return made;
  };
  const documented: string[] = [];
  for (const [path, operations] of Object.entries<Json>(document.paths)) {
    for (const [method, { responses }] of Object.entries<Json>(operations)) {
      for (const status of Object.keys(responses)) {
        if (status === "default") continue;
        const answers = codesOf(responses[status]).map((code) =>
          `${method} ${path} ${status} ${code}`.trimEnd()
        );
        documented.push(...answers);
      }
    }
  }
  const seen = new Set<string>();
  /** Where the answer is described: with its operation, or among the answers of every path. */
  function place(method: string, path: string, status: number): string | null {
    if (document.paths[path]?.[method]?.responses[status] !== undefined) {
      return `/paths/${escape(path)}/${method}/responses/${status}`;
    }
    if (status === 404) return "/components/responses/NotFound";
    return status === 405 ? "/components/responses/MethodNotAllowed" : null;
  }
  return {
    documented,
    seen,
    judge(method, path, { status, headers, body }) {
      const at = place(method, path, status);
      if (at === null) return `${status} is not documented`;
      const described = at.slice(1).split("/").reduce((node, key) => node[unescape(key)], document);
      for (const [name, header] of Object.entries<Json>(described.headers ?? {})) {
        if (header.required && !headers.has(name)) return `the header ${name} is missing`;
      }
      // V1's errors repeat the status there.
      const told = status >= 400 ? JSON.parse(body).code : "";
      const code = typeof told === "string" ? told : "";
      seen.add(`${method} ${path} ${status} ${code}`.trimEnd());
      if (described.content === undefined) return body === "" ? null : "there is a body";
      const type = headers.get("Content-Type") ?? "";
      const media = described.content[type] !== undefined ? type : "*/*";
      if (described.content[media] === undefined) return `the media type ${type} is not documented`;
      const values = /^application\/(problem\+)?json$/.test(type)
        ? [JSON.parse(body)]
        : type === "application/x-ndjson"
        ? body.trimEnd().split("\n").map((line) => JSON.parse(line))
        : [body];
      const validate = validatorAt(`${at}/content/${escape(media)}/schema`);
      for (const value of values) {
        if (!validate(value)) {
          return `${JSON.stringify(validate.errors)} in ${JSON.stringify(value).slice(0, 500)}`;
        }
      }
      return null;
    },
  };
}

const escape = (key: string) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
const unescape = (key: string) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");

/** The codes of a problem; one empty text for any other answer. */
function codesOf(response: Json): string[] {
  return response.content?.["application/problem+json"]?.schema.properties.code.enum ?? [""];
}

/** A copy in which every object that lists its fields has no others. */
function closed(node: Json): Json {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isClosable = copy.type === "object" && copy.properties !== undefined &&
    copy.additionalProperties === undefined;
  return isClosable ? { ...copy, additionalProperties: false } : copy;
}

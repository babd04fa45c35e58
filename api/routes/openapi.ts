/** `GET /openapi.json`: public, for pages of any origin. Made at the first request and kept. */
import type { AppHandler } from "../app_env.ts";
import { type DocumentScope, openApiDocument } from "../openapi/document.ts";
import { jsonAnswer } from "./json_answer.ts";

export function openApiRoute(scope: DocumentScope): AppHandler {
  let document: ReturnType<typeof openApiDocument> | null = null;
  return () => {
    const answer = jsonAnswer(document ??= openApiDocument(scope));
    answer.headers.set("Access-Control-Allow-Origin", "*");
    answer.headers.set("Cache-Control", "no-cache");
    return Promise.resolve(answer);
  };
}

/**
 * The server described by itself, OpenAPI 3.1. Schemas are generated from the zod schemas that describe the
 * wire; a test holds every route to the document, every answer to its schemas, and the document to the routes.
 */
import { type AnswerDoc, problemAnswers } from "./answers.ts";
import { apiPaths, demoTokenPath, filePath, type PathDocs, publicPaths } from "./operations.ts";
import { v1PathDocs } from "./v1_operations.ts";
import { componentSchemas, schemaRef } from "./schemas.ts";

/** Which optional routes the server has. */
export interface DocumentScope {
  /** Files of the client that are at the origin's root. */
  bundles: readonly string[];
  demo: boolean;
}

/** The document as JSON. */
export function openApiDocument({ bundles, demo }: DocumentScope) {
  const problem = (code: "not_found" | "method_not_allowed") => Object.values(problemAnswers([code]))[0];
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Tenuto sync",
      version: "2.0.0",
      license: { name: "MIT", identifier: "MIT" },
      description:
        "Offline-first delta sync. Every error is `application/problem+json`, on the paths tagged v1 V1's own form. Under `/api/` authentication comes " +
        "first, a path that is nothing is 404 then, and a method that a path does not take is 405 with `Allow`. " +
        "HEAD is answered where GET is. Answers of more than a kilobyte are compressed for who accepts gzip. " +
        "Fields that a reader does not know are to be ignored, in both directions.",
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths: {
      ...apiPaths,
      ...v1PathDocs,
      ...publicPaths,
      ...filePaths(bundles, demo),
      ...(demo ? demoTokenPath : {}),
    },
    components: {
      schemas: componentSchemas(),
      responses: {
        NotFound: problem("not_found"),
        MethodNotAllowed: withV1Form(problem("method_not_allowed")),
        V1Error: {
          description: "Any other error of V1's routes.",
          content: { "application/json": { schema: schemaRef("V1Error") } },
        },
        Problem: {
          description: "Any other error.",
          content: { "application/problem+json": { schema: schemaRef("Problem") } },
        },
      },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "`sub` is the user (1 to 128 characters), `exp` is required, at most 24 hours ahead.",
        },
      },
    },
  };
}

/** An answer of every path, V1's among them. */
function withV1Form(answer: AnswerDoc | undefined): AnswerDoc | undefined {
  return answer &&
    { ...answer, content: { ...answer.content, "application/json": { schema: schemaRef("V1Error") } } };
}

function filePaths(bundles: readonly string[], demo: boolean): PathDocs {
  if (bundles.length === 0) return {};
  const scripts = bundles.map((file) =>
    filePath(
      `/${file}`,
      file.endsWith(".map") ? "application/json" : "text/javascript; charset=utf-8",
      "A bundle of the client, for pages of any origin",
    )
  );
  const pages = ["/", "/gallery"].map((path) =>
    filePath(path, "text/html; charset=utf-8", "A page of the demo")
  );
  return Object.assign(
    {},
    ...scripts,
    filePath("/assets/{file}", "*/*", "A chunk of a bundle; its name has a hash of its content"),
    ...(demo ? [...pages, filePath("/demo/{file}", "*/*", "A file of the demo")] : []),
  );
}

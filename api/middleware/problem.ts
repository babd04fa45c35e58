/**
 * Every error leaves through here, as `application/problem+json`, on V1's paths in V1's form. Invariant: what goes out is written by this
 * server; neither a thrown error's message nor anything of the request is repeated.
 */
import type { ErrorHandler, NotFoundHandler } from "@hono/hono";
import { type Problem, problemMediaType } from "../../shared/mod.ts";
import { utf8 } from "../../shared/universal.ts";
import type { AppContext, AppEnv, AppHandler } from "../app_env.ts";
import { framesOf } from "../frames_of.ts";
import type { Logger } from "../http_ports.ts";
import { ProblemError, type ServerProblemCode, serverProblems, unavailable } from "../problem_error.ts";
import { isV1Path, v1ErrorAnswer } from "../routes/v1_answer.ts";
import { StoreBusyError } from "../store_busy_error.ts";

/** Answers a thrown error; what is not a `ProblemError` is a bug or a broken store: logged, 500. */
export function answerErrors(logger: Logger): ErrorHandler<AppEnv> {
  return (error, c) => {
    if (error instanceof ProblemError) return answerProblem(c, error);
    if (error instanceof StoreBusyError) {
      const detail = "The store is busy. Nothing is wrong with this request; send it again later.";
      return answerProblem(c, unavailable("busy", error.retryAfterMs, detail));
    }
    logger.log({
      level: "error",
      event: "unexpected_error",
      requestId: c.get("requestId"),
      error: error.name,
      stack: framesOf(error),
    });
    return answerProblem(
      c,
      new ProblemError(
        "internal",
        "The server met an error that it did not expect. Nothing more is known to be saved; sending the same " +
          "request again is safe. If it stays, give the requestId to whoever runs this server.",
      ),
    );
  };
}

/** Hono answers thrown errors only; whatever else somebody throws becomes one here. */
export const onlyErrors: AppHandler = async (_c, next) => {
  try {
    await next();
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error("Something was thrown that is no Error");
  }
};

/** 404 for every path that is nothing. */
export const answerNotFound: NotFoundHandler<AppEnv> = (c) =>
  answerProblem(c, new ProblemError("not_found", "There is nothing at this path."));

function answerProblem(c: AppContext, error: ProblemError): Response {
  if (isV1Path(c.req.path)) return v1ErrorAnswer(error);
  const { code, detail, more } = error;
  const { status, title } = serverProblems[code];
  const problem: Omit<Problem, "code"> & { code: ServerProblemCode } = {
    type: `about:blank#${code}`,
    title,
    status,
    detail,
    code,
    requestId: c.get("requestId"),
    ...more.members,
  };
  const body = utf8(JSON.stringify(problem));
  return new Response(body, {
    status,
    headers: {
      "Content-Type": problemMediaType,
      "Content-Length": String(body.byteLength),
      ...more.headers,
    },
  });
}

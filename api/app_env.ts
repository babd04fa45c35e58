/** What travels with one request through middleware and routes. */
import type { Context, MiddlewareHandler } from "@hono/hono";
import type { Timers } from "./http_ports.ts";
import type { Identity } from "./ports.ts";

/** Hono's environment for this server. */
export interface AppEnv {
  /** What `Deno.serve` hands over with a request; nothing when the app is called in-process. */
  Bindings: Partial<Deno.ServeHandlerInfo>;
  Variables: {
    requestId: string;
    /** The route's pattern, for the log: never the raw path, which may hold a person's data. */
    route: string;
    /** Set by authentication; only there under `/api/`. */
    identity: Identity;
    /** What bounds the time of an upload, and of an answer that is being read. */
    timers: Timers;
    /** Numbers for the request's log line. */
    counts: Record<string, number>;
  };
}

/** A context of this server. */
export type AppContext = Context<AppEnv>;
/** A middleware or a route of this server. */
export type AppHandler = MiddlewareHandler<AppEnv>;

/**
 * Follows the service's rollout: while `GET /api/flags` says that this user is not on v2 yet, or not any more,
 * nothing is exchanged and everything is kept. Only for sites that ask for it (`followRollout`): during a
 * gradual change of systems the older one serves the others.
 */
import type { Clock } from "../ports.ts";
import type { SyncError } from "../sync_client_api.ts";
import type { Requests } from "./request.ts";
import { call } from "./server_routes.ts";

/** A decision for this user is asked for again after this long; one against it at every sync. */
const decisionLastsMs = 60 * 60 * 1000;

const notInRollout: SyncError = {
  code: "paused",
  message: "This service syncs another way for you now. Everything is kept on this device.",
};

/** What the service decided for the user of `requests`. */
export class Rollout {
  #allowedAt: number | null = null;

  constructor(
    private readonly requests: Requests,
    private readonly endpoint: string,
    private readonly clock: Clock,
  ) {}

  /** Another user may have another decision. */
  forget(): void {
    this.#allowedAt = null;
  }

  /** Why nothing may be exchanged now; null if it may, or if the service cannot tell: the exchange says why. */
  async refusal(): Promise<SyncError | null> {
    const nowMs = this.clock.monotonicMs();
    if (this.#allowedAt !== null && nowMs - this.#allowedAt < decisionLastsMs) return null;
    const url = new URL("../flags", this.endpoint).href;
    const flags = await call<{ syncV2: unknown }>(this.requests, "GET", url, "syncV2").catch(() => null);
    if (flags?.syncV2 === false) return notInRollout;
    if (flags !== null) this.#allowedAt = nowMs;
    return null;
  }
}

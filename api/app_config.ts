/** The settings that the app itself reads; `config.ts` makes them from the environment. */

/** Settings of `createApp`. */
export interface AppConfig {
  /** Origins of pages that may use the API, exactly as browsers send them. */
  allowedOrigins: readonly string[];
  /** Requests a minute of one user. */
  rateLimitPerMinute: number;
  /** Requests a minute of one address, before authentication. */
  rateLimitPerAddressPerMinute: number;
  /** A proxy in front writes the last entry of `X-Forwarded-For`, and `X-Forwarded-Proto`. */
  trustProxy: boolean;
  /** The kill switch: exchanges answer 503 `paused`, reads stay open. */
  syncV2Paused: boolean;
  /** Share of users whom `/api/flags` puts on v2, 0 to 100, until a percentage is set at run time. */
  syncV2RolloutPercent: number;
  /** Salt of the user hashes in the log; by default a new one each start. */
  logSalt?: string;
}

/** What holds where nothing is set. */
export const appDefaults: Readonly<AppConfig> = {
  allowedOrigins: [],
  rateLimitPerMinute: 600,
  rateLimitPerAddressPerMinute: 6_000,
  trustProxy: false,
  syncV2Paused: false,
  syncV2RolloutPercent: 100,
};

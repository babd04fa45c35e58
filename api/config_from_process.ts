/** The settings of this process. */
import { ConfigError, type Environment, readConfig, type ServerConfig, settingNames } from "./config.ts";

/** Reads the environment; settings that cannot be used are told, all of them, and end the process with 1. */
export function configFromProcess(): ServerConfig {
  const environment: Record<string, string | undefined> = {};
  for (const name of settingNames) environment[name] = Deno.env.get(name);
  try {
    return readConfig(environment as Environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

/** What is needed to look into a failure: the devices' databases and the server's log, beside its database. */
import type { Findings } from "./findings.ts";
import type { Profile } from "./profile.ts";
import { readProfileRows } from "./profile_rows.ts";
import type { TortureServer } from "./torture_server.ts";

/** Writes it all into `folder`, where the server's database is. */
export async function keepEvidence(
  folder: string,
  server: TortureServer,
  findings: Findings,
  profiles: readonly Profile[],
): Promise<void> {
  await Deno.writeTextFile(`${folder}/findings.txt`, `${findings.lines().join("\n")}\n`);
  await Deno.writeTextFile(`${folder}/server.log`, server.output());
  for (const [i, profile] of profiles.entries()) {
    const { text } = await readProfileRows(profile);
    await Deno.writeTextFile(
      `${folder}/device-${i + 1}.json`,
      `[${JSON.stringify(profile.options.name)},${text}]\n`,
    );
  }
}

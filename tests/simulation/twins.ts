/**
 * Profiles that were copied with their deviceId: once each has written something and has been told what the other
 * wrote, they have ids of their own.
 */
import type { Page } from "./page.ts";
import { edit } from "./perform_operation.ts";
import type { Profile } from "./profile.ts";
import type { World } from "./world.ts";

/** Everybody who shares a deviceId with another of the same user writes, once a round; false if nobody does. */
export function letTwinsWrite(world: World, round: number): boolean {
  const twins = findTwins(world);
  for (const { index, page } of twins) {
    // Not the same: what changes nothing is told to nobody.
    edit(page, {
      type: "CREATED",
      entityType: "goal",
      entityId: `twin${index}.${round}`,
      data: { a: round },
    });
  }
  return twins.length > 0;
}

/** Called when all have seen what everybody wrote. */
export function checkTwins(world: World): void {
  const twins = findTwins(world);
  world.oracle.run.hold(
    "clone",
    twins.length === 0,
    () =>
      `${twins.map(({ page: { name } }) => name).join(" and ")} still have the deviceId ${
        twins[0]!.deviceId
      }`,
  );
}

/** A profile by the page that writes under its durable id; others may still have an earlier one. */
interface Twin {
  index: number;
  user: string | null;
  deviceId: string;
  page: Page;
}

function findTwins(world: World): Twin[] {
  const all = world.profiles.flatMap((profile): Twin[] => {
    const { index, user, living } = profile;
    const deviceId = deviceIdOf(profile);
    const page = living.find(({ client }) => client.deviceId === deviceId);
    return page && deviceId !== undefined ? [{ index, user, deviceId, page }] : [];
  });
  return all.filter((one) =>
    all.some((other) => other !== one && other.user === one.user && other.deviceId === one.deviceId)
  );
}

/** The id as it is durable, in the database of nobody. */
function deviceIdOf({ disk }: Profile): string | undefined {
  const nobodys = [...disk.databases].find(([name]) => name.endsWith("\u0001"))?.[1];
  const row = nobodys?.rows.get('["device","id"]');
  return row && JSON.parse(row.text);
}

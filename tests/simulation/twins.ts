/**
 * Profiles that were copied with their deviceId: once each has written something and has been told what the other
 * wrote, they have ids of their own.
 */
import { edit } from "./perform_operation.ts";
import type { Profile } from "./profile.ts";
import type { World } from "./world.ts";

/** Everybody who shares a deviceId with another of the same user writes, once a round; false if nobody does. */
export function letTwinsWrite(world: World, round: number): boolean {
  const twins = findTwins(world);
  for (const { index, living: [page] } of twins) {
    // Not the same: what changes nothing is told to nobody.
    edit(page!, {
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
    () => `${twins.map(({ name }) => name).join(" and ")} still have one deviceId, ${deviceIdOf(twins[0]!)}`,
  );
}

function findTwins(world: World): Profile[] {
  const all = world.profiles.filter(({ living }) => living.length > 0);
  return all.filter((one) =>
    all.some((other) =>
      other !== one && other.user === one.user && deviceIdOf(one) !== undefined &&
      deviceIdOf(other) === deviceIdOf(one)
    )
  );
}

/** The id as it is durable, in the database of nobody. */
function deviceIdOf({ disk }: Profile): string | undefined {
  const nobodys = [...disk.databases].find(([name]) => name.endsWith("\u0001"))?.[1];
  const row = nobodys?.rows.get('["device","id"]');
  return row && JSON.parse(row.text);
}

/** A process that is killed at a write: before it, or after it with nobody left to hear of it. */
/** What the process that was killed would see. */
export class Killed extends Error {}

/** Lets `writesMax` writes happen, then kills: the next one does not happen, or happens and nobody hears of it. */
export function killer(writesMax: number, when: "before" | "after") {
  let writes = 0;
  return {
    writes: () => writes,
    async write<T>(write: () => Promise<T>): Promise<T> {
      // What is dead stays dead.
      if (writes > writesMax) throw new Killed();
      if (writes++ < writesMax) return await write();
      if (when === "after") await write();
      throw new Killed();
    },
  };
}
export type Killer = ReturnType<typeof killer>;

/** Writes of `kv` go through the killer, reads do not. */
export function killableKv(kv: Deno.Kv, { write }: Killer): Deno.Kv {
  return new Proxy(kv, {
    get(target, name) {
      if (name === "atomic") {
        return () => {
          const atomic = target.atomic();
          const commit = atomic.commit.bind(atomic);
          atomic.commit = () => write(commit);
          return atomic;
        };
      }
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const call = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      return name === "set" || name === "delete" ? (...args: unknown[]) => write(() => call(...args)) : call;
    },
  });
}

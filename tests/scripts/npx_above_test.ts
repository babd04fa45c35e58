import { assert, assertEquals } from "@std/assert";
import { isAlive, npxAbove } from "../../scripts/npx_above.ts";

const module = new URL("../../scripts/npx_above.ts", import.meta.url).href;

/** Runs `npxAbove` below a shell that calls itself `title`; resolves to what it found and to the shell's id. */
async function below(title: string): Promise<[found: number | null, shell: number]> {
  const code = `import { npxAbove } from "${module}"; console.log(JSON.stringify(npxAbove()));`;
  // The trailing command keeps the shell there instead of being replaced by what it runs.
  const inner = `echo $$; '${Deno.execPath()}' eval '${code}'; true`;
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", `exec -a "${title}" bash -c "$0"`, inner],
  }).output();
  const [shell, found] = new TextDecoder().decode(stdout).trim().split("\n");
  return [JSON.parse(found ?? ""), Number(shell)];
}

Deno.test({
  name: "the npx above a process is found, any other ancestor is not",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const [found, shell] = await below("npm exec deno@2.9.6 task start");
    assertEquals(found, shell);
    // Below an ordinary shell: whatever stands above this test run itself, which may be npx.
    assertEquals((await below("bash"))[0], npxAbove());
  },
});

Deno.test({
  name: "a process is alive until it has ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("sleep", { args: ["30"] }).spawn();
    assert(isAlive(child.pid));
    child.kill();
    await child.status;
    assertEquals(isAlive(child.pid), false);
  },
});

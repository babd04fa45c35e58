/**
 * Finds the npx that a process was started by. npx hands a SIGTERM on to nobody: it ends, and what it started
 * lives on. Whoever wants to end with it has to look.
 */

/** Ancestors looked at: npx, its shell and `deno task` lie above a script. */
const ancestorsMax = 6;

/** The process id of the npx above this process, or null: not started by npx, or no `/proc` to tell. */
export function npxAbove(): number | null {
  try {
    let pid = Deno.ppid;
    for (let n = 0; n < ancestorsMax && pid > 1; n++) {
      const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      if (/^npm exec |npx-cli\.js |npm-cli\.js exec /.test(command)) return pid;
      pid = parentOf(pid);
    }
  } catch {
    // No /proc here, or an ancestor has just ended.
  }
  return null;
}

/** Whether a process is still there. */
export function isAlive(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

/** The fourth field of `/proc/<pid>/stat`, counted after the name, which may contain anything. */
function parentOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

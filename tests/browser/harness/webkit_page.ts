/**
 * A page in a real WebKitGTK (what Epiphany is made of, and the nearest to Safari that Linux has), by plain
 * WebDriver calls, on a display of its own that nobody sees. Its storage ends with it.
 */
import type { DrivenPage, Key } from "./driven_page.ts";
import { ensureWebKit, type WebKitPrograms } from "./ensure_webkit.ts";

const startMsMax = 20_000;
/** A driver whose browser does not come up would wait for ever. */
const callMsMax = 30_000;
const pollMs = 50;
/** WebDriver's code points of keys without a character. */
const codePoints: Record<Key, string> = {
  Enter: "\uE007",
  Escape: "\uE00C",
  Tab: "\uE004",
  " ": " ",
};

/** Starts WebKitGTK with one empty page. */
export async function openWebKitPage(): Promise<DrivenPage> {
  const programs = await ensureWebKit();
  const display = await startDisplay(programs);
  const stops = [display.stop];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const driver = await startDriver(programs, display.name);
    stops.push(driver.stop);
    const { sessionId } = await driver.call("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": { binary: programs.browser, args: ["--automation"] },
        },
      },
    }) as { sessionId: string };
    const call = (method: string, path: string, body?: unknown) =>
      driver.call(method, `/session/${sessionId}${path}`, body);
    stops.push(async () => void await call("DELETE", ""));
    return {
      goto: async (url) => void await call("POST", "/url", { url }),
      async evaluate(work, ...args) {
        const script = `const done = arguments[arguments.length - 1];
          (async () => ({ value: await (${work})(...arguments[0]) }))().then(done, (error) => done({ error: String(error) }));`;
        const { value, error } = await call("POST", "/execute/async", { script, args: [args] }) as {
          value: never;
          error?: string;
        };
        if (error !== undefined) throw new Error(`The page threw: ${error}`);
        return value;
      },
      async press(key) {
        const value = codePoints[key];
        const actions = [{ type: "keyDown", value }, { type: "keyUp", value }];
        await call("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
      },
      close: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An X server without a screen; it chooses a free display itself and says which. */
async function startDisplay({ display }: WebKitPrograms): Promise<{ name: string; stop(): Promise<void> }> {
  const child = new Deno.Command(display, {
    args: ["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // To the end of the line: a pipe that closes earlier kills the server.
  let said = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!said.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    said += value;
  }
  await reader.cancel();
  const number = said.trim();
  if (number === "") {
    throw new Error(`${display} ended with ${(await child.status).code} before it had a display`);
  }
  return { name: `:${number}`, stop: () => end(child) };
}

interface Driver {
  /** A WebDriver call; rejects with the driver's own words. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

async function startDriver({ driver }: WebKitPrograms, display: string): Promise<Driver> {
  const port = freePort();
  const child = new Deno.Command(driver, {
    args: ["-p", String(port)],
    // Without a bus of its own the accessibility bridge waits for one and complains.
    env: { DISPLAY: display, NO_AT_BRIDGE: "1", GDK_BACKEND: "x11" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new Error(`WebKit did not answer ${path}`)), callMsMax);
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        signal: patience.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const { value } = await response.json();
      if (!response.ok) throw new Error(`WebKit: ${value?.error}: ${value?.message}`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += pollMs) {
    if (await call("GET", "/status").then(() => true, () => false)) return { call, stop: () => end(child) };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await end(child);
  throw new Error(`${driver} did not answer within ${startMsMax / 1000} s`);
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended by itself.
  }
  await child.status;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

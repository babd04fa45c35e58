/**
 * Who is signed in, and as which device. The name is kept in localStorage, the token in memory only. Another
 * device of the same person is another local database: `?device=2` in another window.
 */

/** What the demo's server takes as a name. */
export const namePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;
/** Devices that one browser can play. */
export const devicesMax = 9;

const nameKey = "tenuto-demo:name";
/** Asked for again after this long, well before the server's hour is over. */
const tokenForMs = 20 * 60_000;
const composers = ["clara", "fanny", "nadia", "erik", "gabriel", "isaac", "heitor", "lili"];

/** The name of this visit: `?name=`, the last one, or a new one. */
export function currentName(): string {
  const wanted = new URLSearchParams(location.search).get("name") ?? localStorage.getItem(nameKey);
  const name = wanted && namePattern.test(wanted) ? wanted : newName();
  rememberName(name);
  return name;
}

/** The name of the next visit. */
export function rememberName(name: string): void {
  localStorage.setItem(nameKey, name);
}

/** Which device this window plays: 1 to {@linkcode devicesMax}. */
export function deviceNumber(): number {
  const wanted = Number(new URLSearchParams(location.search).get("device"));
  return Number.isInteger(wanted) && wanted >= 1 && wanted <= devicesMax ? wanted : 1;
}

/** A page of this demo as that device. */
export function deviceUrl(device: number): string {
  return device === 1 ? "/" : `/?device=${device}`;
}

/** Prefix of this device's local database. */
export function databaseName(device: number): string {
  return device === 1 ? "tenuto-demo" : `tenuto-demo-device-${device}`;
}

/** Gives tokens for `name`. */
export interface DemoTokens {
  /** Rejects when the server cannot be reached. */
  get(): Promise<string>;
  /** The server refused the last one. */
  forget(): void;
}

/** `send` is `fetch`, or what stands for it while this window plays offline. */
export function createDemoTokens(name: string, send: typeof fetch): DemoTokens {
  let token: { value: string; untilMs: number } | undefined;
  return {
    async get() {
      if (token && token.untilMs > performance.now()) return token.value;
      const answer = await send("/demo/token", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user: name }),
      });
      if (!answer.ok) throw new Error(`The demo could not sign '${name}' in: HTTP ${answer.status}`);
      const { token: value } = await answer.json() as { token: string };
      token = { value, untilMs: performance.now() + tokenForMs };
      return value;
    },
    forget() {
      token = undefined;
    },
  };
}

function newName(): string {
  const [which = 0, number = 0] = crypto.getRandomValues(new Uint16Array(2));
  return `${composers[which % composers.length]}-${100 + number % 900}`;
}

/**
 * The network between a page and the server, with everything that networks do: lose a request, lose an answer
 * after the commit, wait, double, reorder, cut short, and answer in the server's stead.
 */
import type { Transport, TransportRequest, TransportResponse } from "../../client/ports.ts";
import { captivePortal, refuse, reply } from "../client/world/reply.ts";
import type { Dice } from "./dice.ts";
import type { FaultKind } from "./faults.ts";
import type { InFlight, Page } from "./page.ts";
import { type Answer, endpoint } from "./server.ts";

const delayMsMax = 600_000;
const reorderMsMax = 20_000;
const duplicateMsMax = 60_000;
/** Answers that come from something in between. */
const impostors: readonly [FaultKind, (dice: Dice) => TransportResponse][] = [
  ["net-portal", () => captivePortal()],
  ["net-401", () => refuse("unauthenticated")],
  ["net-413", () => refuse("request_too_large")],
  ["net-429", (dice) => refuse("rate_limited", { "retry-after": String(dice.between(1, 60)) })],
  ["net-500", () => refuse("internal")],
  [
    "net-503",
    (dice) =>
      dice.chance(0.2)
        ? refuse("paused", { "retry-after": "60" })
        : refuse("busy", dice.chance(0.7) ? { "retry-after": String(dice.between(1, 30)) } : {}),
  ],
];

/** The port as one page has it. */
export function transportFor(page: Page): Transport {
  return {
    send(request) {
      const { world } = page.profile;
      if (page.dead) return new Promise(() => {});
      const flight = request.url === endpoint ? world.oracle.requestSent(page, request) : undefined;
      return new Promise<TransportResponse>((resolve, reject) => {
        const land = () => flight && page.inFlight.delete(flight);
        request.signal.addEventListener("abort", land, { once: true });
        travel(page, request, flight, (outcome) =>
          page.deliver(() => {
            land();
            if (outcome instanceof Error) reject(outcome);
            else resolve(heard(page, request, outcome));
          }));
      });
    },
  };
}

/** Tells the judge once the page has the whole answer: what is cut short, or given up, says nothing. */
function heard(page: Page, request: TransportRequest, response: TransportResponse): TransportResponse {
  return {
    ...response,
    text: async () => {
      const text = await response.text();
      const { holds } = page.profile.world.oracle;
      if (!request.signal.aborted && request.url === endpoint) {
        holds.answerHeard(page, request, response.status);
      }
      return text;
    },
  };
}

function travel(
  page: Page,
  request: TransportRequest,
  _flight: InFlight | undefined,
  arrive: (outcome: TransportResponse | Error) => void,
): void {
  const { profile } = page;
  const { time, faults, server, trace } = profile.world;
  const dice = faults.diceOf("net", profile.name);
  const strikes = (kind: FaultKind) => faults.strikes(kind, profile.name);
  const lose = (why: string) => {
    trace.add(page.name, `  ✗ ${why}`);
    // Half of the time nobody says that it is lost.
    if (dice.chance(0.5)) time.after(dice.below(2_000), () => arrive(new TypeError(why)));
  };
  const ask = async (): Promise<Answer | null> => {
    try {
      const body = request.body as string | undefined;
      return await server.fetch(request.method, request.url, request.headers, body);
    } catch {
      return null;
    }
  };

  if (!profile.online) return void time.after(1, () => arrive(new TypeError("offline")));
  if (profile.partition === "to-server" || profile.partition === "both") return lose("cut off");
  if (strikes("net-lost-before")) return lose("request lost");
  const impostor = impostors.find(([kind]) => strikes(kind));
  // A proxy's answer may come before the server has seen the request, or in place of its answer.
  const instead = impostor?.[1](dice);
  if (instead && dice.chance(0.6)) {
    trace.add(page.name, `  ✗ ${impostor![0]}`);
    return void time.after(dice.below(100), () => arrive(instead));
  }
  const wayMs = () =>
    dice.between(2, 60) + (strikes("net-reorder") ? dice.below(reorderMsMax) : 0) +
    (strikes("net-delay") ? dice.below(delayMsMax) : 0);
  const thereMs = wayMs();
  if (strikes("net-duplicate")) {
    time.after(thereMs + dice.below(dice.chance(0.5) ? 50 : duplicateMsMax), () => void ask());
  }
  if (faults.active && server.isDoubled()) time.after(thereMs + dice.below(5), () => void ask());
  time.after(thereMs, async () => {
    const answer = await ask();
    const cut = profile.partition === "from-server" || profile.partition === "both";
    if (cut || strikes("net-lost-after")) return lose("answer lost");
    const backMs = wayMs();
    time.after(backMs, () => {
      if (instead) trace.add(page.name, `  ✗ ${impostor![0]}, after the server`);
      if (instead) return arrive(instead);
      if (!answer) return arrive(new TypeError("The connection was reset"));
      arrive(toResponse(answer, strikes("net-truncate"), dice));
    });
  });
}

function toResponse(answer: Answer, truncated: boolean, dice: Dice): TransportResponse {
  const headers = Object.fromEntries(answer.headers);
  if (!truncated) return reply(answer.status, answer.body, headers);
  // Some cuts are noticed, some look like a whole body.
  const cut = answer.body.slice(0, dice.below(answer.body.length));
  const response = reply(answer.status, cut, headers);
  if (dice.chance(0.5)) return { ...response, text: () => Promise.reject(new TypeError("cut short")) };
  return response;
}

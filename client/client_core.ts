/**
 * What the parts of one client share. The composition root (`sync_client.ts`) makes it; accounts set the
 * session, everything else reads. Types only.
 */
import type { EditWriter } from "./edit_writer.ts";
import type { NetworkHalf } from "./network_half.ts";
import type { ClientPorts, DeviceStore } from "./ports.ts";
import type { Session } from "./session.ts";
import type { StatusBoard } from "./status_board.ts";
import type { ClientErrorCode, SyncClientEvents, SyncClientOptions } from "./sync_client_api.ts";
import type { Timeline } from "./timeline.ts";
import type { TokenKeeper } from "./token_keeper.ts";

/** The ports that the local half has adapters for; the network half has its own for the others. */
export type LocalPorts = Pick<ClientPorts, "store" | "clock" | "ids" | "channel" | "signals">;

/** The shared middle of one client. */
export interface ClientCore {
  readonly options: SyncClientOptions;
  readonly ports: LocalPorts & Partial<ClientPorts>;
  readonly timeline: Timeline;
  tokens: TokenKeeper;
  board: StatusBoard;
  /** Whose page it is, also while another account's database is being opened; undefined before the first. */
  pageUser: string | null | undefined;
  /** The database that is open now, with its writer of edits. */
  session: Session | undefined;
  writer: EditWriter | undefined;
  /** The database of edits that are made while nobody is signed in. */
  anonymous: DeviceStore | undefined;
  /** Once it is loaded. */
  network: NetworkHalf | undefined;
  deviceId: string;
  /** The browser keeps nothing, so a store in memory stands in: said loudly, unlike one that was asked for. */
  memoryFallback: boolean;
  closed: boolean;
  emit<K extends keyof SyncClientEvents>(type: K, detail: SyncClientEvents[K]): void;
  /** Shows a storage fault and gives the error to reject with; other errors pass. */
  storageFailed(error: unknown): unknown;
  /** The page's own error class, which a copy in another bundle would not be. */
  error(code: ClientErrorCode, message: string): Error;
  /** The open session; opens it once more if that has failed. */
  open(): Promise<Session>;
  /** Another profile has this deviceId too: take a new one. */
  replaceDeviceId(): Promise<void>;
}

/** Version of the site's schema for a type. */
export function schemaVersionOf({ options }: ClientCore, entityType: string): number {
  return options.entityTypes?.[entityType]?.schemaVersion ?? 0;
}

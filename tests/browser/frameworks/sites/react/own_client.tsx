/** A page that makes its own client and gives it to the element; what React shows comes from the triggers. */
import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { configureSync, useSyncTriggers } from "tenuto";
import "./app.tsx";
import { endpoint, token } from "../session.ts";

const client = configureSync({ endpoint, getToken: token });
const { subscribe, manualSync } = useSyncTriggers();

function SyncButton() {
  const isSyncing = useSyncExternalStore(subscribe, () => useSyncTriggers().isSyncing);
  const lastSyncTime = useSyncExternalStore(subscribe, () => useSyncTriggers().lastSyncTime);
  return (
    <button
      id="sync"
      type="button"
      disabled={isSyncing}
      onClick={() => manualSync()}
      value={lastSyncTime ?? ""}
    >
      Sync
    </button>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <sync-status client={client} variant="icon" describe={(change) => String(change.data?.title)} />
    <SyncButton />
  </StrictMode>,
);

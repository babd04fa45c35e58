/**
 * What the service worker does when the browser wakes it: asks the open pages whose queue it may drain and
 * with which token, and syncs each of those queues once. Without an open page there is no token, and the
 * queue is left alone.
 */
import { handoverRequest } from "../adapters/worker_background_sync.ts";
import type { WorkerHandover } from "../ports.ts";
import { createSyncClient } from "../sync_client.ts";

/** A page that a service worker can speak to. */
export interface OpenPage {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** Longest wait for a page's answer; a frozen page gives none. */
const answerWaitMs = 3_000;

/** Drains the queues of `pages`, all of them. Rejects if one could not be drained, so that the browser tries again. */
export async function drainQueues(pages: readonly OpenPage[]): Promise<void> {
  const queues = new Set<string>();
  const faults: unknown[] = [];
  let last: Promise<unknown> = Promise.resolve();
  await Promise.all(pages.map(async (page) => {
    const answer = await askPage(page);
    const key = answer && JSON.stringify([answer.endpoint, answer.name, answer.userId]);
    if (!key || queues.has(key)) return;
    queues.add(key);
    // At once: while a frozen page is waited for, this one's user may log out. One after the other: what one queue
    // meets is not the others' fault.
    await (last = last.then(() => drain(answer)).catch((fault) => faults.push(fault)));
  }));
  if (faults.length > 0) throw faults[0];
}

async function drain({ endpoint, name, userId, token }: WorkerHandover): Promise<void> {
  const client = createSyncClient({ endpoint, name, userId, getToken: () => token, autoSync: false });
  try {
    await client.ready;
    const { success, error } = await client.manualSync();
    if (!success) throw new Error(`The queue could not be drained: ${error?.code}`);
  } finally {
    await client.close();
  }
}

function askPage(page: OpenPage): Promise<WorkerHandover | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const done = (answer: WorkerHandover | null) => {
      clearTimeout(timer);
      port1.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done(null), answerWaitMs);
    port1.onmessage = (event) => done(event.data);
    page.postMessage(handoverRequest, [port2]);
  });
}

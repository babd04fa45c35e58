/** Gets a key set over HTTP: no redirects (they would lead away from the configured address), bounded in time and size. */
const timeoutMs = 5_000;
const bytesMax = 256 * 1024;

/** Rejects for anything but a JSON answer of bounded size with status 200. */
export async function fetchJwks(url: string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: "error",
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`Cannot get the key set: status ${response.status}`);
  }
  let text = "";
  let length = 0;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  // Leaving the loop by a throw cancels the body.
  for await (const chunk of response.body) {
    length += chunk.byteLength;
    if (length > bytesMax) throw new Error(`Cannot use the key set: it has more than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return JSON.parse(text + decoder.decode());
}

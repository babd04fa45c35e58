/** For `deno serve --parallel api/serve.ts`: one app a thread, all on the same store. */
import { configFromProcess } from "./config_from_process.ts";
import { openServer } from "./server.ts";

const { fetch } = await openServer(configFromProcess(), new URL("../dist", import.meta.url).pathname);

export default {
  fetch: (request: Request, info: Deno.ServeHandlerInfo) => fetch(request, info),
} satisfies Deno.ServeDefaultExport;

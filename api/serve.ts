/** For `deno serve --parallel api/serve.ts`: one app a thread, all on the same store. */
import { configFromProcess } from "./config_from_process.ts";
import { scheduleMaintenance } from "./schedule_maintenance.ts";
import { openServer } from "./server.ts";

const opening = openServer(configFromProcess(), `${import.meta.dirname}/../dist`);
// Every thread has its own; several at once do no harm, what one has done the next finds done.
scheduleMaintenance(opening);
const { fetch } = await opening;

export default {
  fetch: (request: Request, info: Deno.ServeHandlerInfo) => fetch(request, info),
} satisfies Deno.ServeDefaultExport;

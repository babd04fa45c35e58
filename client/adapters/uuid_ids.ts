/** UUID v7 ids: they rise with time, so that rows made together lie together in a database. */
import { v7 } from "uuid";
import type { Ids } from "../ports.ts";

export const uuidIds: Ids = { uuid: () => v7() };

/** The line below the masthead: what just went wrong, else that this window plays offline. */
import { byId } from "./element.ts";

/** Says it; "" takes back what was said. */
export interface PageNote {
  offline(text: string): void;
  problem(text: string): void;
}

/** The note of this page. */
export function createPageNote(): PageNote {
  const node = byId("page-note");
  let offline = "";
  let problem = "";
  const show = () => {
    const text = problem || offline;
    node.classList.toggle("shown", text !== "");
    if (node.textContent !== text) node.textContent = text;
  };
  return {
    offline(text) {
      offline = text;
      show();
    },
    problem(text) {
      problem = text;
      show();
    },
  };
}

/** Whether `write` was stored; the note says why it was not, until a later one is. */
export async function isStored(write: Promise<unknown>, note: PageNote): Promise<boolean> {
  try {
    await write;
    note.problem("");
    return true;
  } catch (error) {
    note.problem(error instanceof Error ? error.message : String(error));
    return false;
  }
}

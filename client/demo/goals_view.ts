/** Draws the goals: what is worked on first, then by target date. */
import { byId } from "./element.ts";
import { type GoalActions, goalCard } from "./goal_card.ts";
import { createKeyedList } from "./keyed_list.ts";
import { type Goal, goalStatuses } from "./records.ts";
import { createShowMore } from "./show_more.ts";

const pageGoals = 5;

/** Shows goals; `waiting` has the ids that the server has not confirmed. */
export type GoalsView = (goals: readonly Goal[], waiting: ReadonlySet<string>) => void;

/** `changed` is called when the person wants more. */
export function createGoalsView(actions: GoalActions, changed: () => void): GoalsView {
  const list = byId("goals");
  const showRows = createKeyedList(list, byId("add-goal"));
  const more = createShowMore(byId<HTMLButtonElement>("more-goals"), list, pageGoals, changed);
  return (goals, waiting) => {
    const sorted = [...goals].sort((a, b) =>
      rank(a) - rank(b) || (a.targetDate || "9999").localeCompare(b.targetDate || "9999") ||
      a.id.localeCompare(b.id)
    );
    showRows(
      sorted.slice(0, more.rowsMax).map((goal) => {
        const waits = waiting.has(goal.id);
        return { key: goal.id, state: [goal, waits], build: () => goalCard(goal, waits, actions) };
      }),
    );
    byId("no-goals").hidden = goals.length > 0;
    more.drawn(goals.length);
  };
}

function rank({ status }: Goal): number {
  const at = (goalStatuses as readonly string[]).indexOf(status);
  return at < 0 ? goalStatuses.length : at;
}

/** One goal: how far it is, and its milestones to tick. */
import { element } from "./element.ts";
import { type RowActions, rowButtons, waitingMark } from "./entry_row.ts";
import { type Goal, goalTitle, kindName } from "./records.ts";

/** What a goal's controls do. */
export interface GoalActions extends RowActions {
  tick(id: string, milestoneId: string, completed: boolean): void;
}

/** `waits`: the server has not confirmed it yet. */
export function goalCard(goal: Goal, waits: boolean, actions: GoalActions): HTMLElement {
  const { id, description, targetDate, progress, milestones, status } = goal;
  const title = goalTitle(goal);
  const target = targetDate
    ? new Date(`${targetDate}T00:00`).toLocaleDateString([], {
      day: "numeric",
      month: "long",
      year: "numeric",
    })
    : "";
  return element("article", { class: "goal", "data-id": id, "data-status": status, "aria-label": title }, [
    element("div", { class: "what" }, [
      element("h3", {}, [title]),
      element("p", { class: "facts" }, [
        [status === "active" ? "" : kindName(status), target && `by ${target}`, description].filter(Boolean)
          .join(" · "),
        waits ? waitingMark() : null,
      ]),
      element("p", { class: "progress" }, [
        element("progress", { max: 100, value: progress, "aria-label": `Progress of ${title}` }),
        element("span", {}, [`${progress.toLocaleString()} %`]),
      ]),
      milestones.length
        ? element(
          "ul",
          { class: "milestones" },
          milestones.map((step) =>
            element("li", {}, [
              element("label", {}, [
                element(
                  "input",
                  {
                    type: "checkbox",
                    checked: step.completed,
                    "data-control": `milestone ${step.id}`,
                  },
                  [],
                  {
                    change: (event) =>
                      actions.tick(id, step.id, (event.currentTarget as HTMLInputElement).checked),
                  },
                ),
                element("span", {}, [step.title]),
              ]),
            ])
          ),
        )
        : null,
    ]),
    rowButtons(id, title, actions),
  ]);
}

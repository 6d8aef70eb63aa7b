import { appendFileSync } from "node:fs";
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";

/** One stage of the lab's work; `tell` replaces the line that says what it is doing right now. */
export interface Stage {
    readonly title: string;
    run(tell: (line: string) => void): Promise<void>;
}

/** Stages side by side: each inner list runs in order, the lists beside each other. */
export interface Together {
    readonly title: string;
    readonly together: readonly (readonly Stage[])[];
}

/**
 * Runs stages in order with a live display on a terminal and plain lines elsewhere, and appends the
 * time of every stage to `timingsFile` as one JSON line each.
 */
export async function runStages(
    stages: readonly (Stage | Together)[],
    timingsFile: string,
): Promise<void> {
    const timed = (stage: Stage): ListrTask => ({
        title: stage.title,
        task: async (_context, task) => {
            const started = Date.now();
            await stage.run((line) => (task.output = line));
            const seconds = (Date.now() - started) / 1000;
            const entry = { at: new Date().toISOString(), title: stage.title, seconds };
            appendFileSync(timingsFile, `${JSON.stringify(entry)}\n`);
        },
    });
    const inOrder = (list: readonly Stage[]): ListrTask =>
        list.length === 1
            ? timed(list[0]!)
            : {
                  title: list.map(({ title }) => title).join(", then "),
                  task: (_context, task) => task.newListr(list.map(timed), { concurrent: false }),
              };
    const sideBySide = ({ title, together }: Together): ListrTask => ({
        title,
        task: (_context, task) => task.newListr(together.map(inOrder), { concurrent: true }),
    });
    const tasks = stages.map((stage) => ("together" in stage ? sideBySide(stage) : timed(stage)));
    await new Listr(tasks, {
        renderer: "default",
        fallbackRenderer: "simple",
        // Its own handler would end this process before the site is down.
        registerSignalListeners: false,
        rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false },
        fallbackRendererOptions: { timer: PRESET_TIMER },
    }).run();
}

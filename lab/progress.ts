import { appendFileSync } from "node:fs";
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";

/** One stage of the lab's work; `tell` replaces the line that says what it is doing right now. */
export interface Stage {
    readonly title: string;
    run(tell: (line: string) => void): Promise<void>;
}

/** Stages that run side by side. */
export interface Together {
    readonly together: readonly (Stage | readonly Stage[])[];
    readonly title: string;
}

export interface StageTime {
    readonly title: string;
    readonly seconds: number;
}

/**
 * Runs stages in order with a live display on a terminal and plain lines elsewhere, and appends the
 * time of every stage to `timingsFile` as one JSON line each.
 */
export async function runStages(
    stages: readonly (Stage | Together)[],
    timingsFile: () => string | undefined,
): Promise<StageTime[]> {
    const times: StageTime[] = [];
    const timed = (stage: Stage): ListrTask => ({
        title: stage.title,
        task: async (_context, task) => {
            const started = Date.now();
            await stage.run((line) => (task.output = line));
            const time = { title: stage.title, seconds: (Date.now() - started) / 1000 };
            times.push(time);
            const file = timingsFile();
            const entry = { at: new Date().toISOString(), ...time };
            if (file) appendFileSync(file, `${JSON.stringify(entry)}\n`);
        },
    });
    const branch = (stagesInOrder: Stage | readonly Stage[]): ListrTask[] =>
        [stagesInOrder].flat().length === 1
            ? [timed([stagesInOrder].flat()[0] as Stage)]
            : [inOrder([stagesInOrder].flat() as Stage[])];
    const inOrder = (list: readonly Stage[]): ListrTask => ({
        title: list.map((stage) => stage.title).join(", then "),
        task: (_context, task) => task.newListr(list.map(timed)),
    });
    const tasks = stages.map((stage): ListrTask => {
        if (!("together" in stage)) return timed(stage);
        return {
            title: stage.title,
            task: (_context, task) =>
                task.newListr(stage.together.flatMap(branch), { concurrent: true }),
        };
    });
    await new Listr(tasks, {
        renderer: "default",
        fallbackRenderer: "simple",
        rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false },
        fallbackRendererOptions: { timer: PRESET_TIMER },
    }).run();
    return times;
}

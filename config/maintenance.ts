import type { MaintenancePlan } from "./plan";

/** Who is drained, one sentence each. */
export const maintenanceTexts = ({ nodes, routers }: MaintenancePlan): string[] => [
    ...nodes.map((name) => `node ${name}: announces nothing; its sessions stay and carry nothing`),
    ...routers.map(
        (name) => `router ${name}: is told nothing; its sessions stay and carry nothing`,
    ),
];

import type { MaintenancePlan } from "./plan";

/** Who is drained, one sentence each. */
export const maintenanceTexts = ({ nodes, routers, shut }: MaintenancePlan): string[] => [
    ...nodes.map(
        (name) => `node ${name}: announces nothing; ${sessionsText(shut?.nodes.includes(name))}`,
    ),
    ...routers.map(
        (name) => `router ${name}: is told nothing; ${sessionsText(shut?.routers.includes(name))}`,
    ),
];

const sessionsText = (shut = false): string =>
    shut ? "the firewall's end shuts its sessions" : "its sessions stay and carry nothing";

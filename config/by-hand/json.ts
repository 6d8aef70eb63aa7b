import type { ByHandPlan } from "../plan";
import { without } from "../without";

/** The plan's own data, for a provider of another kind; the password is the name of its config key. */
export const routerData = (router: ByHandPlan) => without(router, "dialect");

export const jsonText = (router: ByHandPlan): string => JSON.stringify(routerData(router), null, 4);

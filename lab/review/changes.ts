import type { Document } from "yaml";
import type { Site } from "../bring-up";
import { key } from "../stack/stack";

/** One typical change of a running site, as a person makes it. */
export interface Change {
    readonly title: string;
    /** The change of the stack file. */
    readonly edit?: (stack: Document) => void;
    /** What is done beside the file. */
    readonly outside?: (site: Site) => Promise<unknown>;
    /** Others have changed the cluster: the `up` compares its state before. */
    readonly refresh?: true;
    /** Its preview is shown whole. */
    readonly shown?: true;
}

const set =
    (value: unknown, ...path: [string, ...string[]]) =>
    (stack: Document) =>
        stack.setIn(key(...path), value);
const unset =
    (...path: [string, ...string[]]) =>
    (stack: Document) =>
        stack.deleteIn(key(...path));
const all =
    (...edits: readonly ((stack: Document) => void)[]) =>
    (stack: Document) => {
        for (const edit of edits) edit(stack);
    };
const move = (from: readonly string[], to: readonly string[]) => (stack: Document) => {
    stack.setIn(to, stack.getIn(from));
    stack.deleteIn(from);
};
const pools = (value: Readonly<Record<string, string>>) =>
    all(
        set(
            Object.fromEntries(
                Object.entries(value).map(([name, range]) => [name, { addresses: [range] }]),
            ),
            "metallb",
            "pools",
        ),
        set(Object.keys(value), "bgp", "advertise", "recipe", "pools"),
    );
const router = (name: string) => key("bgp", "routers", name);
let second: unknown;

/** In this order each is made from what the one before has left; the last ones lead back. */
export const changes: readonly Change[] = [
    { title: "nothing", shown: true },
    { title: "a node less", edit: unset("bgp", "nodes", "wn2") },
    { title: "the node again", edit: set("192.168.33.22", "bgp", "nodes", "wn2") },
    {
        title: "a node in maintenance",
        edit: set({ address: "192.168.33.22", maintenance: true }, "bgp", "nodes", "wn2"),
        shown: true,
    },
    {
        title: "the node back, a firewall in maintenance",
        edit: all(
            set("192.168.33.22", "bgp", "nodes", "wn2"),
            set(true, "bgp", "routers", "fw-b", "maintenance"),
        ),
    },
    { title: "the firewall back", edit: unset("bgp", "routers", "fw-b", "maintenance") },
    {
        title: "a pool more",
        edit: pools({ "metallb-pool": "192.168.32.0/24", more: "192.168.36.0/24" }),
    },
    {
        title: "a pool grows",
        edit: pools({ "metallb-pool": "192.168.32.0/24", more: "192.168.36.0/23" }),
    },
    {
        title: "half a pool moves to another one",
        edit: pools({ "metallb-pool": "192.168.32.128/25", more: "192.168.32.0/25" }),
        shown: true,
    },
    { title: "one pool for all again", edit: pools({ "metallb-pool": "192.168.32.0/24" }) },
    {
        title: "another password",
        outside: (site) => site.stack.setSecrets({ bgpPassword: "an0ther-s3cret" }),
        shown: true,
    },
    { title: "another hold time", edit: set({ hold: 12 }, "bgp", "timers") },
    {
        title: "another community",
        edit: set(["65535:65281"], "bgp", "advertise", "recipe", "communities"),
    },
    { title: "another AS number of the nodes, native", edit: set(64510, "bgp", "asn") },
    {
        title: "a firewall less",
        edit: (stack) => {
            second = stack.getIn(router("fw-b"));
            stack.deleteIn(router("fw-b"));
        },
    },
    { title: "the firewall again", edit: (stack) => stack.setIn(router("fw-b"), second) },
    { title: "a router renamed", edit: move(router("fw-b"), router("edge2")) },
    { title: "its old name again", edit: move(router("edge2"), router("fw-b")) },
    { title: "the cluster renamed", edit: set("home", "cluster", "name") },
    {
        title: "a neighbour deleted on the firewall by hand",
        outside: async (site) => {
            const config = await site.firewalls["fw-a"]!.configXml();
            const neighbour = /\t*<config>\n\t*<peer>192\.168\.33\.22<\/peer>[\s\S]*?<\/config>\n/;
            await site.firewalls["fw-a"]!.restore(config.replace(neighbour, ""));
        },
        shown: true,
    },
    {
        title: "an advertisement changed by kubectl",
        outside: (site) => {
            const patch = ["--type", "merge", "-p", '{"spec":{"communities":[]}}'];
            const object = ["-n", "metallb-system", "bgpadvertisement", "recipe"];
            return site.kubectl.run(["patch", ...object, ...patch]);
        },
        refresh: true,
    },
    {
        title: "values of the chart",
        edit: set("debug", "metallb", "values", "speaker", "logLevel"),
    },
    {
        title: "native to frr-k8s, with BFD",
        edit: all(
            unset("metallb", "backend"),
            set({ fast: { receiveInterval: 300 } }, "bgp", "bfdProfiles"),
            set("fast", "bgp", "bfd"),
        ),
        shown: true,
    },
    {
        title: "other numbers of the BFD profile",
        edit: set({ receiveInterval: 400 }, "bgp", "bfdProfiles", "fast"),
    },
    { title: "another AS number of the nodes, frr-k8s", edit: set(64500, "bgp", "asn") },
    {
        title: "frr-k8s to native",
        edit: all(
            set("native", "metallb", "backend"),
            unset("bgp", "bfdProfiles"),
            unset("bgp", "bfd"),
        ),
    },
];

import assert from "node:assert/strict";
import fc from "fast-check";
import { cases as arbitraryCases, type Case, type Xml, type XmlElement } from "./arbitrary";
import type { NeighbourState } from "../../config/plan";
import { Bench } from "./bench";
import { type Outcome, runCases } from "./cases";
import { owner } from "./wanted";

/** BENCH_CASES=5000 for a long run (20 minutes on two cores); BENCH_SEED repeats one. */
const count = Number(process.env.BENCH_CASES ?? 100);
const seed = Number(process.env.BENCH_SEED ?? 20261123);
const firewalls = 2;

interface Row {
    readonly case: Case;
    readonly outcome: Outcome;
    readonly about: string;
}

describe(`firewall bench: ${count} random firewalls and wanted states`, () => {
    const benches: Bench[] = [];
    let rows: Row[] = [];
    let done: Row[] = [];

    before(async function () {
        this.timeout(600_000 + count * 5_000);
        const all = fc.sample(arbitraryCases, { numRuns: count, seed });
        for (let index = 0; index < firewalls; index++) {
            benches.push(await Bench.start(`property-${index}`));
        }
        const parts = await Promise.all(
            benches.map(async (bench, index) => {
                const part = all.filter((_, at) => at % firewalls === index);
                const outcomes = await runCases(bench, part);
                return part.map((one, at) => ({
                    case: one,
                    outcome: outcomes[at]!,
                    about: `seed ${seed}, case ${at * firewalls + index}: ${JSON.stringify(one)}`,
                }));
            }),
        );
        rows = parts.flat();
        done = rows.filter(({ outcome }) => outcome.apply.outcome !== "refused");
    });
    after(async () => {
        for (const bench of benches) await bench.stop();
    });

    it("most are applied; the refused ones are refused for neighbours that are not ours, untouched", () => {
        assert.ok(done.length > count * 0.6, `${done.length} of ${count}`);
        assert.ok(done.length < count, "no case was refused");
        for (const { outcome, about, case: one } of rows) {
            if (outcome.apply.outcome === "refused") {
                assert.deepEqual(outcome.applied, outcome.before, about);
                assert.ok(isTaken(one), `${outcome.apply.message} ${about}`);
            } else {
                const { message } = outcome.apply;
                assert.ok(
                    ["changed", "unchanged"].includes(outcome.apply.outcome),
                    message + about,
                );
                assert.ok(!isTaken(one), about);
            }
        }
    });

    it("the second apply, in another order, writes nothing", () => {
        for (const { outcome, about } of done) {
            assert.equal(outcome.again.outcome, "unchanged", `${outcome.again.message} ${about}`);
            assert.deepEqual(
                outcome.writes,
                [outcome.apply.outcome === "changed" ? 1 : 0, 0],
                about,
            );
        }
    });

    it("foreign entries are identical and in their order after an apply and after a remove", () => {
        for (const { outcome, about, case: one } of done) {
            const before = foreign(outcome.before, one);
            assert.deepEqual(foreign(outcome.applied, one), before, about);
            assert.deepEqual(foreign(outcome.removed, one), before, about);
        }
    });

    it("what is wanted is there after an apply", () => {
        for (const { outcome, about, case: one } of done) {
            const entries = list(outcome.applied, "installedpackages", "frrbgpneighbors", "config");
            const found = entries.filter(isOurs).map(({ peer }) => peer as string);
            const wanted = one.wanted.neighbours.map(({ address }) => address);
            assert.deepEqual(found.sort(), wanted.sort(), about);
            const peers = list(outcome.applied, "installedpackages", "frrbfdpeers", "config");
            const tuned = one.wanted.neighbours.filter(({ bfdTimers }) => bfdTimers);
            assert.deepEqual(
                peers.filter(isOurs).map(({ peer, transmitinterval }) => [peer, transmitinterval]),
                byAddress(tuned).map(({ address, bfdTimers }) => [
                    address,
                    String(bfdTimers!.transmitInterval),
                ]),
                about,
            );
        }
    });

    it("apply and then remove gives the starting file back, as data", () => {
        let compared = 0;
        for (const { outcome, about, case: one } of done) {
            assert.ok(["removed", "unchanged"].includes(outcome.remove.outcome), about);
            const left = list(outcome.removed, "installedpackages", "frrglobalprefixes", "config");
            const used = JSON.stringify(one.start).includes('"prefix_match":"BENCH-OLD"');
            const names = left.filter(isOurs).map(({ name }) => name);
            assert.deepEqual(names, used && names.length > 0 ? ["BENCH-OLD"] : [], about);
            assert.deepEqual(
                list(outcome.removed, "installedpackages", "frrbgpneighbors", "config").filter(
                    isOurs,
                ),
                [],
                about,
            );
            if (hasOurs(outcome.before) || isAdopted(one)) continue;
            compared++;
            assert.deepEqual(outcome.removed, outcome.before, about);
        }
        assert.ok(compared > count * 0.3, `only ${compared} cases had nothing of ours before`);
    });

    it("FRR's own parser takes every generated file", () => {
        const syntax = done.map(({ outcome }) => outcome.syntax);
        assert.deepEqual([...new Set(syntax)].sort(), ["0"]);
    });
});

function list(data: XmlElement, ...path: readonly string[]): XmlElement[] {
    let at: Xml | undefined = data;
    for (const key of path) {
        at = typeof at === "object" && !Array.isArray(at) ? (at as XmlElement)[key] : undefined;
    }
    return Array.isArray(at) ? (at as XmlElement[]) : [];
}

/** As the agent writes new entries: IPv6 first, then by address. */
const byAddress = (neighbours: readonly NeighbourState[]) =>
    [...neighbours].sort((a, b) => key(a).localeCompare(key(b)));
const key = ({ family, address }: NeighbourState) => `${family === "ipv6" ? 0 : 1}${address}`;

const isOurs = (entry: XmlElement) =>
    typeof entry.descr === "string" && entry.descr.startsWith(`${owner}/`);

const hasOurs = (data: XmlElement) => JSON.stringify(data).includes(`"descr":"${owner}/`);

const peersByHand = (data: XmlElement) =>
    list(data, "installedpackages", "frrbgpneighbors", "config")
        .filter((entry) => !isOurs(entry))
        .map(({ peer }) => peer as string);

const wantedPeers = (one: Case) => new Set(one.wanted.neighbours.map(({ address }) => address));

/** A wanted address that a neighbour made by hand has. */
const overlaps = (one: Case) => peersByHand(one.start).some((peer) => wantedPeers(one).has(peer));

/** Neighbours that come up as soon as BGP is switched on for ours. */
const sleeps = (one: Case) =>
    peersByHand(one.start).length > 0 &&
    typeof (one.start.installedpackages as XmlElement).frrbgp !== "object";

const isTaken = (one: Case) => sleeps(one) || (overlaps(one) && !one.wanted.adopt);
const isAdopted = (one: Case) => overlaps(one) && one.wanted.adopt;

/** Everything that is not ours: other sections whole, our lists without our entries. */
function foreign(data: XmlElement, one: Case): unknown {
    const copy = structuredClone(data) as Record<string, Record<string, unknown>>;
    const packages = copy.installedpackages!;
    delete packages.metallbpfsense;
    const startPackages = one.start.installedpackages as XmlElement;
    for (const section of ["frr", "frrbgp", "frrbfd"]) {
        const before = startPackages[section];
        const filled = typeof before === "object" && JSON.stringify(before).includes('"on"');
        if (!filled) delete packages[section];
    }
    const adopted = isAdopted(one) ? wantedPeers(one) : new Set<string>();
    const kept = (entries: XmlElement[]) =>
        entries.filter((entry) => !isOurs(entry) && !adopted.has(entry.peer as string));
    const neighbours = kept(list(data, "installedpackages", "frrbgpneighbors", "config"));
    const lists = kept(list(data, "installedpackages", "frrglobalprefixes", "config"));
    const bfdPeers = kept(list(data, "installedpackages", "frrbfdpeers", "config"));
    const rules = kept(list(data, "filter", "rule"));
    const aliases = kept(list(data, "aliases", "alias"));
    for (const key of ["frrbgpneighbors", "frrbfdpeers", "frrglobalprefixes"]) delete packages[key];
    return { ...copy, filter: rules, aliases, neighbours, bfdPeers, lists };
}

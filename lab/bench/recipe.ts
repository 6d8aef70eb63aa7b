import { poll } from "../poll";
import type { Seen } from "./api";
import {
    addressGivenBack,
    asText,
    type Bench,
    fluxNamespace,
    fluxForKustomizations,
    installFlux,
    isReady,
    namespaceOf,
    paths,
    releaseGone,
    remove,
    removeFlux,
} from "./cluster";
import type { Clock, Contestant } from "./contestant";
import { clearFirewalls, configureFirewalls } from "./firewall-ends";
import { GitRepository } from "./git";
import {
    bootstrapName,
    bootstrapObjects,
    filesBefore,
    kustomizations,
    recipeFiles,
} from "./recipe-files";

const often = { intervalMs: 50, timeoutMs: 300_000 };
const source = paths.gitRepository(fluxNamespace, bootstrapName);
const kustomization = (name: string) => paths.kustomization(fluxNamespace, name);
/** Milliseconds between two looks of Flux at the repository. */
const interval = 60_000;

/**
 * The recipe's way: Flux is there and reads a repository, a person pushes the recipe's files, and
 * then either waits or pokes whatever comes next.
 */
class Recipe implements Contestant {
    readonly about;
    private git!: GitRepository;
    private commit = "";

    constructor(
        name: string,
        private readonly poked: boolean,
    ) {
        this.about = {
            name,
            does: poked
                ? "the same, with every object reconciled by hand the moment the one before is ready, as `flux reconcile` does it"
                : "the recipe's files, two Kustomizations among them, pushed to the repository that Flux reads each minute; nobody touches anything",
            before: "Flux's controllers, its GitRepository and root Kustomization; the firewalls' ends of the sessions",
        };
    }

    async prepare(bench: Bench, round: number, rounds: number): Promise<void> {
        const repository = GitRepository.serve(bench.site.box).then(async (git) => {
            this.git = git;
            return git.create(filesBefore);
        });
        // It is there before the clock starts, so that how fast it comes is nobody's concern.
        const flux = installFlux(bench, fluxForKustomizations, 1);
        const [first] = await Promise.all([repository, configureFirewalls(bench), flux]);
        await bench.site.kubectl.apply(asText(bootstrapObjects(this.git.url, this.git.branch)));
        await poll("Flux to read the repository", () => this.has(bench, first), often);
        const looked = Date.now();
        const root = async () => isReady(await bench.api.get(kustomization(bootstrapName)));
        await poll("the root Kustomization", root, often);
        this.commit = await this.git.commit(recipeFiles(bench.wanted));
        if (this.poked) return;
        // A person pushes at any moment between two looks: the rounds spread over that evenly.
        const moment = looked + interval * ((round - 0.5) / rounds);
        const left = () => moment <= Date.now();
        await poll("the moment of the push", left, { intervalMs: 20, timeoutMs: 2 * interval });
    }

    async run(bench: Bench, clock: Clock): Promise<{ more: Record<string, number> }> {
        await this.git.push(this.commit);
        if (this.poked) {
            await this.poke(bench);
            return { more: {} };
        }
        await poll("Flux to have the commit", () => this.has(bench, this.commit), often);
        return { more: { seen: clock.seconds() } };
    }

    async takeDown(bench: Bench): Promise<Record<string, number>> {
        const { site, wanted } = bench;
        const removeOne = async (kind: string, name: string, namespace = fluxNamespace) => {
            const argv = ["delete", kind, name, "--namespace", namespace, "--ignore-not-found"];
            await site.kubectl.run([...argv, "--timeout=120s"], { timeoutMs: 150_000 });
        };
        // The root first, or it makes the two anew; its own prune would take the namespace too soon.
        await site.kubectl.run([
            ...["patch", "kustomization.kustomize.toolkit.fluxcd.io", bootstrapName],
            ...["--namespace", fluxNamespace, "--type=merge", "-p", '{"spec":{"prune":false}}'],
        ]);
        await removeOne("kustomization.kustomize.toolkit.fluxcd.io", bootstrapName);
        await removeOne("kustomization.kustomize.toolkit.fluxcd.io", kustomizations.config);
        await addressGivenBack(bench);
        const cluster = async () => {
            await removeOne("kustomization.kustomize.toolkit.fluxcd.io", kustomizations.release);
            await releaseGone(bench);
            await Promise.all([
                remove(bench, bootstrapObjects(this.git.url, this.git.branch).slice(0, 1)),
                removeOne("helmrepository.source.toolkit.fluxcd.io", "metallb"),
            ]);
            await Promise.all([remove(bench, [namespaceOf(wanted)]), removeFlux(bench)]);
        };
        await Promise.all([cluster(), clearFirewalls(bench)]);
        await this.git.stop();
        return {};
    }

    private async has({ api }: Bench, commit: string): Promise<boolean> {
        const found = await api.get(source);
        return found?.status?.artifact?.revision.endsWith(commit) ?? false;
    }

    /** Everything that an expert knows to be next, told at once that it is its turn. */
    private async poke(bench: Bench): Promise<void> {
        const { namespace } = bench.wanted.plan.metallb;
        await this.pokeUntil(bench, source, () => this.has(bench, this.commit));
        const applied = async () =>
            (await bench.api.get(kustomization(kustomizations.config))) !== undefined;
        await this.pokeUntil(bench, kustomization(bootstrapName), applied);
        const release = paths.helmRelease(namespace, "metallb");
        const there = async () => (await bench.api.get(release)) !== undefined;
        await this.pokeUntil(bench, kustomization(kustomizations.release), there);
        const chart = paths.helmChart(fluxNamespace, `${namespace}-metallb`);
        const found = async () => isReady(await bench.api.get(chart));
        await poll("the chart", found, often);
        const ready = (path: string) => async () => isReady(await bench.api.get(path));
        await this.pokeUntil(bench, release, ready(release));
        // Its health check looks by itself, every few seconds, and hears no poke before it is over.
        await poll(
            "the release's Kustomization",
            ready(kustomization(kustomizations.release)),
            often,
        );
        const config = kustomization(kustomizations.config);
        await this.pokeUntil(bench, config, ready(config));
    }

    /** Asks for a reconciliation, and again each time that one has ended without what was hoped for. */
    private async pokeUntil(
        { api }: Bench,
        path: string,
        done: () => Promise<boolean>,
    ): Promise<void> {
        let token = "";
        let count = 0;
        await poll(`${path} after a poke`, look, often);
        async function look(): Promise<boolean> {
            if (await done()) return true;
            const object: Seen | undefined = await api.get(path);
            const handled = token === "" || object?.status?.lastHandledReconcileAt === token;
            if (object && handled) {
                token = `${Date.now()}-${++count}`;
                await api.annotate(path, { "reconcile.fluxcd.io/requestedAt": token });
            }
            return false;
        }
    }
}

export const recipes: readonly Contestant[] = [
    new Recipe("recipe", false),
    new Recipe("recipe, poked", true),
];

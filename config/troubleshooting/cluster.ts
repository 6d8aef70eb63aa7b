import type { Trouble } from "./trouble";

const metallb = "test/components/metallb.test.ts";
const moves = "test/components/pool-moves.test.ts";
const faults = "lab/e2e/03-faults.e2e.ts";

/** What the cluster, Flux and MetalLB say. */
export const clusterTroubles: readonly Trouble[] = [
    {
        text: "`configured Kubernetes cluster is unreachable: unable to load schema information …`",
        says: ["configured Kubernetes cluster is unreachable: unable to load schema information"],
        shownBy: faults,
        why: "port open, credentials refused",
        mend: "`kubectl --context X auth whoami`",
    },
    {
        text: "`The namespace … is there already and not of this program: …`",
        says: ["is there already and not of this program:"],
        shownBy: "lab/e2e/04-destroy.e2e.ts",
        why: "a destroy would delete it, with everything in it",
        mend: "MetalLB's: `metallb.createNamespace: false`, which only labels it. Flux's: `flux: { install: false }`",
    },
    {
        text: "`The chart …, version …, cannot be had: …`",
        says: ["cannot be had"],
        shownBy: "test/config/chart.test.ts",
        why: "repository or registry do not give it: version, digest, login, certificate, or no way there from Flux's pods",
        mend: "the sentence names the key; what Flux itself says stands behind it. The installed release was not touched",
    },
    {
        text: "`flux.install is false, and the cluster does not serve …`, `… does not know …`",
        says: ["flux.install is false, and the"],
        shownBy: "test/config/foreign.test.ts",
        why: "the Flux that is there is older than 2.7, or lacks source-controller or helm-controller",
        mend: "upgrade it by the way it came; a field that the API server does not know it drops, and a failed upgrade would then uninstall MetalLB",
    },
    {
        text: "`The chart …, version …, cannot be had: …`",
        says: ["cannot be had"],
        shownBy: faults,
        why: "repository, version, digest, login or certificate, as the sentence says; Flux has tried for half a minute",
        mend: "correct the key it names. The installed release was not touched",
    },
    {
        text: "`MetalLB is not ready after … s. …`",
        says: ["MetalLB is not ready after"],
        shownBy: faults,
        why: "Flux has failed twice (values that the chart does not take), or a pod has not run for two minutes (image, node, a crash); its own words and Kubernetes' events follow",
        mend: "correct it and run `pulumi up` again; after pods that did not run, Flux takes up to five minutes to give the try before up",
    },
    {
        text: "`Flux is not ready after … s. …`",
        says: ["Flux is not ready after"],
        shownBy: "test/components/flux-ready.test.ts",
        why: "a controller of Flux's has not run for two minutes, as this run or the one before has it (image, node, a crash); its own words and Kubernetes' events follow",
        mend: "what it names (`flux.registry`, `flux.version`), and run `pulumi up` again. The installed MetalLB was not touched",
    },
    {
        text: "`MetalLB's … refuses the configuration and goes on with the one before: …`",
        says: ["refuses the configuration and goes on with the one before"],
        shownBy: faults,
        why: "an object that MetalLB took in does not go with the others, or with its backend; often one that somebody else has made",
        mend: "what its own words name: `kubectl get -A bgppeers,ipaddresspools,bgpadvertisements,configurationstates`. Sessions and addresses stay as they were until then",
    },
    {
        text: '`failed calling webhook "….metallb.io" …`',
        says: ['failed calling webhook "'],
        shownBy: metallb,
        why: "MetalLB's webhook does not answer: for up to three minutes after an installation it is waited for (`retrying create …` is that); a preview asks it, too",
        mend: "`kubectl -n metallb-system get pods`. After three minutes: CNI or firewall between control plane and nodes on port 9443; `no_proxy` must hold `.svc`",
    },
    {
        text: '`admission webhook "….metallb.io" denied the request: …`',
        says: ['.metallb.io" denied the request:'],
        shownBy: metallb,
        why: "MetalLB refuses the object",
        mend: "its own words say why; what could be known before is checked by `npm run check`.",
    },
    {
        text: "`peer … is not in the cluster any more: …`",
        says: ["is not in the cluster any more: somebody has deleted it"],
        shownBy: "lab/e2e/02-second-day.e2e.ts",
        why: "the file changes an object that somebody has deleted, or an `up` was cut short between two steps of one change",
        mend: "`pulumi up --refresh` makes it again; `pulumi preview --refresh` shows that",
    },
    {
        text: "`the stack is currently locked by 1 lock(s)`",
        says: ["the stack is currently locked by"],
        shownBy: "lab/e2e/04-interrupted.e2e.ts",
        why: "another `up` is under way, or one was killed",
        mend: "look for it; if it is not there any more, `pulumi cancel` and run the same again: it ends what the killed one has begun, an `up` as well as a `destroy`",
    },
    {
        text: "`service … loses this address of pool …`",
        says: ["loses this address of pool"],
        shownBy: moves,
        why: "no pool of the file has the address any more",
        mend: "leave it in a pool, or `metallb.renumber: [pool]`: the service gets another address, and the old one does not come back by itself",
    },
    {
        text: "`The pool … in the cluster, which this program has not made, has addresses of …`",
        says: ["in the cluster, which this program has not made, has addresses of"],
        shownBy: moves,
        why: "a pool made by hand or by another tool overlaps",
        mend: "delete it there, or take other addresses",
    },
];

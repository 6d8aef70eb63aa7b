import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type FieldNow, fluxGaps, type KindNow } from "../../config/flux-kinds";
import { releaseObjects } from "../../config/release-objects";
import { examplePlans, renderedObjects } from "../../test/config/rendered";
import {
    judgeObject,
    kindsOf,
    kindsText,
    recordedKinds,
    RELEASES,
    type Release,
} from "../../test/crds";
import { assertGolden } from "../../test/golden";
import { moduleDirectory } from "../artifacts/modules";

/** The tools module that pins each release of MetalLB. */
const families = { "0.16.1": "metallb", "0.16.2": "metallb-0.16.2" } as const;

interface Chart {
    readonly version: string;
}

interface Values {
    readonly speaker: object;
}

async function chartOf(release: Release) {
    const module = await moduleDirectory(families[release], "go.universe.tf/metallb");
    const read = (...path: string[]) =>
        readFileSync(join(module, "charts", "metallb", ...path), "utf8");
    assert.equal((parse(read("Chart.yaml")) as Chart).version, release);
    return read;
}

const chartKinds = async (release: Release) =>
    kindsOf((await chartOf(release))("charts", "crds", "templates", "crds.yaml"));

describe("MetalLB's kinds, by the chart itself", function () {
    this.timeout(600_000);

    for (const release of RELEASES) {
        it(`${release} are what test/golden/crds says`, async () => {
            const kinds = await chartKinds(release);
            // UPDATE_GOLDEN=1 writes it down.
            assertGolden(`crds/${release}.yaml`, kindsText(kinds));
            assert.deepEqual(recordedKinds(release), kinds);
        });
    }

    it("and its values have gratuitousARPInterval from 0.16.2 on", async () => {
        const has = async (release: Release) => {
            const values = parse((await chartOf(release))("values.yaml")) as Values;
            return "gratuitousARPInterval" in values.speaker;
        };
        assert.deepEqual(await Promise.all(RELEASES.map(has)), [false, true]);
    });

    for (const [example, plan] of Object.entries(examplePlans())) {
        it(`take every object of the example ${example}`, async () => {
            const kinds = await chartKinds(plan.metallb.chart.version as Release);
            const said = renderedObjects(plan).flatMap((one) => judgeObject(kinds, one));
            assert.deepEqual(said, []);
        });
    }
});

interface Definition {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly {
            readonly name: string;
            readonly served: boolean;
            readonly schema: { readonly openAPIV3Schema: FieldNow };
        }[];
    };
}

/** Kinds of one of Flux's controllers, by its own module. */
async function fluxKinds(name: string): Promise<KindNow[]> {
    const module = await moduleDirectory(name, `github.com/fluxcd/${name}`);
    const folder = join(module, "config", "crd", "bases");
    return readdirSync(folder).map((file) => {
        const { spec } = parse(readFileSync(join(folder, file), "utf8")) as Definition;
        const versions = spec.versions.map(({ schema, ...version }) => ({
            ...version,
            schema: schema.openAPIV3Schema,
        }));
        return { group: spec.group, kind: spec.names.kind, versions };
    });
}

describe("Flux's kinds, by its controllers themselves", function () {
    this.timeout(600_000);
    let known: KindNow[];

    before(async () => {
        const all = await Promise.all(["source-controller", "helm-controller"].map(fluxKinds));
        known = all.flat();
    });

    for (const [example, plan] of Object.entries(examplePlans())) {
        it(`know every field of the release of the example ${example}`, () => {
            const { sources, release } = releaseObjects(plan.metallb);
            const none = { kinds: [], fields: [] };
            assert.deepEqual(fluxGaps([release, ...sources], known), none);
        });
    }

    it("and none that they do not have", () => {
        const { release } = releaseObjects(examplePlans().recipe!.metallb);
        const spec = { ...release.spec, install: { strategy: { nmae: "RetryOnFailure" } } };
        assert.deepEqual(fluxGaps([{ ...release, spec }], known).fields, [
            "HelmRelease spec.install.strategy.nmae",
        ]);
    });
});

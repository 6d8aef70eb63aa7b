/**
 * Loads TypeScript as Pulumi's language host for Node does (@pulumi/pulumi's cmd/run), so that the
 * program of a run here is loaded as a person's `pulumi up` loads it, and in its time. Everything
 * else of the lab is loaded by tsx, which hooks into every module of every package.
 */
const { readFileSync } = require("node:fs");
const { parse } = require("yaml");
const {
    loadTypeScriptCompilerOptions,
    typeScriptRequireStrings,
} = require("@pulumi/pulumi/tsutils");

const { tsconfig } = parse(readFileSync("Pulumi.yaml", "utf8")).runtime.options;
const own = loadTypeScriptCompilerOptions(tsconfig);
const { tsnodeRequire, typescriptRequire } = typeScriptRequireStrings();
require(tsnodeRequire).register({
    compiler: typescriptRequire,
    project: tsconfig,
    transpileOnly: own.noCheck,
    compilerOptions: {
        module: "nodenext",
        moduleResolution: "nodenext",
        sourceMap: "true",
        ...own,
    },
});

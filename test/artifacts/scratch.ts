import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `use` with an empty folder that is gone afterwards. */
export async function withScratch(use: (directory: string) => void | Promise<void>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "artifacts-test-"));
    try {
        await use(directory);
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

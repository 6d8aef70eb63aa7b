/** Told what is being prepared and, where there is something to say, how it is going. */
export type Progress = (stage: string, detail?: string) => void;

/** Seconds since `started` (milliseconds since the epoch), as people read them: `4.2 s`. */
export function since(started: number): string {
    return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

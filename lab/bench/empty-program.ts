/** A program without a resource: what an engine, its CLI and its start cost by themselves. */
export default (): Promise<Record<string, unknown>> => Promise.resolve({});

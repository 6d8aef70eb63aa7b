/** A copy of the object that lacks some of its keys. */
export function without<T extends object, K extends keyof T & string>(
    object: T,
    ...keys: readonly K[]
): Omit<T, K> {
    return Object.fromEntries(
        Object.entries(object).filter(([key]) => !keys.some((one) => one === key)),
    ) as Omit<T, K>;
}

export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the type is `true`. Type tests are checked, never run. */
export declare function assert<T extends true>(): void

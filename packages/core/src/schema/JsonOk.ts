import type { Scalar } from '../json/Json.js'

/** What a validator may put out: JSON, where a member that is `undefined` counts as left out. */
type JsonOutput = Scalar | readonly JsonOutput[] | { readonly [key: string]: JsonOutput | undefined }

type IsAny<T> = 0 extends 1 & T ? true : false
type NotJson =
  | bigint
  | symbol
  | ((...a: never) => unknown)
  | Date
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | PromiseLike<unknown>

/** `false` if anything in T is not JSON: Date, Map, function, bigint, a class with methods … */
export type JsonOk<T> =
  IsAny<T> extends true
    ? true
    : [T] extends [JsonOutput] // first: recursive types such as z.json() end here
      ? true
      : unknown extends T
        ? true
        : T extends Scalar | undefined
          ? true
          : T extends NotJson
            ? false
            : T extends readonly (infer E)[]
              ? JsonOk<E>
              : T extends object
                ? keyof T extends never
                  ? true
                  : { [K in keyof T]-?: JsonOk<T[K]> }[keyof T]
                : false

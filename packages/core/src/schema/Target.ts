/** One record as a plain value: for prefetch, snapshots, changes, presence. */
// biome-ignore lint/suspicious/noExplicitAny: the default stands for the fields of any collection, in both directions
export interface RecordTarget<N extends string = string, F = any> {
  readonly collection: N
  readonly record: string
  readonly '~f'?: F
}

/** One list as a plain value; `list` is its query. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface ListTarget<N extends string = string, F = any> {
  readonly collection: N
  readonly list: object
  readonly '~f'?: F
}

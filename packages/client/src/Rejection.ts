import type {
  BuiltInDetails,
  ClientInsert,
  ClientPatch,
  Collection,
  Command,
  In,
  Receipt,
  Rejected,
} from '@tidemark/core'

interface RejectionBase {
  readonly writeId: string
  readonly at: number
  readonly message: string
  /** What was typed, where a body's update was refused. */
  readonly text?: string
}

/** A refused write with its content, so that nothing a person typed is lost. */
// biome-ignore lint/suspicious/noExplicitAny: the default stands for the fields of any collection
export type WriteRejection<N extends string = string, F = any> = RejectionBase & {
  readonly kind: 'write'
  readonly collection: N
  readonly id: string
  readonly code: keyof BuiltInDetails
  readonly details: BuiltInDetails[keyof BuiltInDetails]
} & (
    | { readonly op: 'insert'; readonly row: ClientInsert<F> }
    | { readonly op: 'update'; readonly patch: ClientPatch<F> }
    | { readonly op: 'remove' }
  )

type CodeAndDetails<T> = T extends { code: infer C; details: infer D }
  ? { readonly code: C; readonly details: D }
  : never
type CommandRejectionOf<C> =
  // biome-ignore lint/suspicious/noExplicitAny: the result does not matter here
  C extends Command<infer N, infer I, any, infer J>
    ? RejectionBase & { readonly kind: 'command'; readonly command: N; readonly input: In<I> } & CodeAndDetails<
          Rejected<J>
        >
    : never

/** The rejections of one collection or command: the value says the type. */
export type RejectionOf<T> = T extends Collection<infer N, infer F> ? WriteRejection<N, F> : CommandRejectionOf<T>

export type Rejection =
  | WriteRejection
  | (RejectionBase & {
      readonly kind: 'command'
      readonly command: string
      readonly input: unknown
      readonly code: string
      readonly details: unknown
    })

/** The durable inbox of rejections: one for all tabs of a replica. */
export interface Inbox<T> {
  readonly items: readonly T[]
  acknowledge(writeId: string): void
  /** Writes the same again, as a new mutation. */
  // biome-ignore lint/suspicious/noExplicitAny: its own codes are those of whatever is retried
  retry(writeId: string): Receipt<unknown, any>
}

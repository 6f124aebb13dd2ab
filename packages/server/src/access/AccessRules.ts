import type { FieldsOf, Filter, OpenCollection, RowOf, SchemaDef } from '@tidemark/core'

export interface BaseUser {
  readonly userId: string
}

export type WorkspaceRole = 'write' | 'read' | 'none'

/** `true`, the reason of a refusal, or the fields that are refused while the others go through. */
export type WriteVerdict<Field extends string> =
  | true
  | string
  | { readonly refuse: readonly Field[]; readonly reason: string }

export type CollectionRules<U, F> = {
  /** A condition and-ed to every read; left out = everyone in the workspace. */
  readonly read?: (user: U) => Filter<F> | 'all' | 'none'
  readonly write?: (
    user: U,
    write: {
      readonly before: RowOf<F> | undefined
      readonly after: RowOf<F> | undefined
      readonly fields: readonly (keyof F & string)[]
    },
  ) => WriteVerdict<keyof F & string>
}

export interface OpenRules<U> {
  readonly read?: (user: U) => 'all' | 'none'
  readonly write?: (user: U, write: { readonly id: string }) => true | string
}

export type RulesOf<U, C> = C extends OpenCollection ? OpenRules<U> : CollectionRules<U, FieldsOf<C>>

/** Who may read and write what. Rules do not apply inside commands. */
export type AccessRules<S extends SchemaDef, U> = {
  readonly workspace: (user: U, workspace: string) => WorkspaceRole | Promise<WorkspaceRole>
  // No `as` clause in this mapped type: with one, `user` would be `any` (contextual typing skips remapped types).
  readonly collections?: {
    readonly [N in S['collections'][number]['name']]?: RulesOf<
      U,
      Extract<S['collections'][number], { readonly name: N }>
    >
  }
}

import { schema } from './schema.js'

/** Bounds that guard against strangers are out of the way; all that sync is made of is as in production. */
export const nodeOptions = {
  schema,
  authenticate: ({ token }: { readonly token: string | null }) => ({ userId: token ?? 'nobody' }),
  access: { workspace: () => 'write' as const },
  limits: { mutationsPerSecond: 1e9, waitingMutations: 1e9 },
}

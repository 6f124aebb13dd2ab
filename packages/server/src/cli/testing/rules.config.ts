import { collection, defineSchema, text } from '@tidemark/core'
import { z } from 'zod'

const tasks = collection('tasks', { title: z.string(), notes: text() })

/** A configuration that says who may do what. */
export default {
  schema: defineSchema({ version: 1, collections: [tasks] }),
  authenticate: ({ token }: { token: string | null }) => {
    if (token !== 'alice') throw new Error('nobody')
    return { userId: token }
  },
  access: { workspace: () => 'write' },
}

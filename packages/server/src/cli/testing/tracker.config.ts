import { collection, defineSchema, text } from '@tidemark/core'
import { z } from 'zod'

const tasks = collection('tasks', { title: z.string(), notes: text() })

/** A configuration as an app writes it, without rights: for development. */
export default { schema: defineSchema({ version: 1, collections: [tasks] }) }

import { collection, counter, defineSchema, text } from '@tidemark/core'
import { z } from 'zod'

/** What lists and texts are measured with: records as apps have them. */
export const tasks = collection(
  'tasks',
  {
    title: z.string(),
    status: z.enum(['todo', 'doing', 'done']).default('todo'),
    assignee: z.string().nullable().default(null),
    rank: z.number(),
    notes: text(),
  },
  { indexes: [['status', 'rank']] },
)

/** Eight fields that are set all the time, and a counter. */
export const drones = collection('drones', {
  x: z.number(),
  y: z.number(),
  z: z.number(),
  yaw: z.number(),
  pitch: z.number(),
  roll: z.number(),
  speed: z.number(),
  battery: z.number(),
  votes: counter(),
})

export const schema = defineSchema({ version: 1, collections: [tasks, drones] })

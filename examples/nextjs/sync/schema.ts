import { collection, counter, decided, defineSchema, richText, set, text } from '@tidemark/core'
import { z } from 'zod'

export const statuses = ['todo', 'doing', 'done'] as const
export const priorities = ['Low', 'Normal', 'High', 'Urgent'] as const
export const labels = ['api', 'bug', 'design', 'docs', 'mobile', 'offline', 'speed', 'sync'] as const

/** A task, with a field of every kind. */
export const tasks = collection(
  'tasks',
  {
    // registers: the later edit wins
    title: z.string().max(200),
    status: z.enum(statuses).default('todo'),
    priority: z.int().min(0).max(3).default(1),
    dueAt: z.iso.date().nullable().default(null),
    // every vote counts, every label stays
    votes: counter(),
    labels: set(z.enum(labels)),
    // set only by the command `assign`
    assignee: decided(z.string().nullable().default(null)),
    // typed in by many at once
    notes: text(),
    checklist: richText(),
  },
  { indexes: ['status', 'assignee', 'labels', '$createdAt', ['status', '$createdAt'], 'priority', 'dueAt', 'votes'] },
)

export const schema = defineSchema({ version: 1, collections: [tasks] })

import { command } from '@tidemark/core'
import { z } from 'zod'
import { isPersonId, people } from './people'
import { tasks } from './schema'

/**
 * Gives a task to someone, or back to nobody. The node decides, in order: of two people who take the same task, one
 * gets it and the other is told who was first. Offline it waits, but not for days.
 */
export const assign = command('tasks.assign', {
  input: z.object({ task: z.string(), to: z.string().nullable() }),
  rejections: { TAKEN: z.object({ by: z.string() }), NOT_YOURS: null },
  expiresAfterMs: 60 * 60_000,
  run(tx, { task, to }, { userId, reject }) {
    const found = tx.get(tasks, task)
    if (!found) return reject('NOT_FOUND')
    const isLead = isPersonId(userId) && people[userId].role === 'lead'
    if (!isLead) {
      if (to !== null && to !== userId) return reject('NOT_YOURS')
      if (found.assignee !== null && found.assignee !== userId) return reject('TAKEN', { by: found.assignee })
    }
    tx.update(tasks, task, { assignee: to })
  },
})

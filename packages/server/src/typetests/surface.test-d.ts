/** The node's types, positive and negative: checked by the compiler, never run. */
import { assert, type Equal } from '../../../core/src/typetests/assert.js'
import { buyTicket, schema, seats, tasks, tickets } from '../../../core/src/typetests/fixture.js'
import { createNode, type TidemarkNode } from '../index.js'

// the user's type flows from authenticate to the rules
void createNode({
  schema,
  commands: [buyTicket],
  authenticate: async ({ token }) => ({ userId: token ?? 'dev', role: 'admin' as 'admin' | 'guest' }),
  access: {
    workspace: user => (user.role === 'admin' ? 'write' : 'read'),
    collections: {
      tasks: {
        read: user =>
          user.role === 'admin' ? 'all' : tasks.where({ or: [{ assignee: user.userId }, { status: 'done' }] }),
        write: (user, { before, after, fields }) =>
          fields.includes('title') && before?.assignee !== user.userId
            ? { refuse: ['title'], reason: 'not yours' }
            : after
              ? true
              : 'kept for ever',
      },
      pages: {
        read: user => (user.role === 'admin' ? 'all' : 'none'),
        write: (_user, { id }) => id !== 'locked' || 'locked',
      },
      // @ts-expect-error unknown field in a rule
      tickets: { read: user => tickets.where({ ownr: user.userId }) },
    },
  },
})
void createNode({
  schema,
  authenticate: () => ({ userId: 'a' }),
  // @ts-expect-error a plain literal in a rule would not be checked for wrong fields: tickets.where(…)
  access: { workspace: () => 'write', collections: { tickets: { read: u => ({ ownr: u.userId }) } } },
})
void createNode({
  schema,
  authenticate: () => ({ userId: 'a' }),
  // @ts-expect-error no such collection
  access: { workspace: () => 'write', collections: { task: {} } },
})
void createNode({
  schema,
  // @ts-expect-error every user has a userId
  authenticate: () => ({ name: 'alice' }),
  access: { workspace: () => 'write' },
})

// server code: decided fields included, the rest checked as in a client
export async function atTheNode(node: TidemarkNode): Promise<void> {
  const acme = node.workspace('acme')
  assert<Equal<Awaited<ReturnType<typeof acme.insert>>, string>>()
  await acme.insert(seats, { event: 'e', owner: 'alice' })
  await acme.update(tickets, 'id', { owner: null })
  // @ts-expect-error text is edited through the body
  await acme.update(tasks, 'id', { notes: 'x' })
  const [first] = await acme.list(tasks, { where: { status: 'todo' } })
  first?.title
  const outcome = await acme.run(buyTicket, { ticket: 't' }, { userId: 'alice' })
  if (outcome.status === 'rejected' && outcome.code === 'SOLD') outcome.details.owner.length
  await acme.accessChanged({ userId: 'alice' })
  acme.onChange(tickets, { name: 'mail' }, async c => {
    if (c.kind === 'update') c.after.owner
  })
}

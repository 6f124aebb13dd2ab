import { encodeClientMessage, type NumberedMutation, protocolVersion } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../limits.js'
import { ServerSession } from './ServerSession.js'

const busy = { kind: 'busy', retryAfterMs: 1000 } as const
const mutation = (number: number): NumberedMutation => ({
  number,
  writeId: `${number}`.padStart(22, 'A'),
  stamp: 1,
  seen: 0,
  mutation: { kind: 'void' },
})

function open(mutationsPerSecond: number): ServerSession {
  const session = new ServerSession({ ...defaultLimits, mutationsPerSecond })
  const place = { workspace: 'acme', userId: 'bob', token: 'bob', replica: 'r', answered: 0 }
  session.frameReceived(encodeClientMessage({ type: 'hello', protocol: protocolVersion, schemaHash: '', ...place }), 0)
  session.opened(0)
  return session
}

const push = (session: ServerSession, ...numbers: number[]) =>
  session.frameReceived(encodeClientMessage({ type: 'push', answered: 0, mutations: numbers.map(mutation) }), 0)

describe('a session', () => {
  it('[S-SOCK-9] says again that a mutation is to come again, if that was dropped unsent', () => {
    const session = open(0.1)
    expect(push(session, 1).map(({ kind }) => kind)).toEqual(['submit'])
    expect(session.dropped()).toEqual([])
    expect(push(session, 2, 3)).toEqual([busy])
    expect(session.dropped()).toEqual([busy])
  })
})

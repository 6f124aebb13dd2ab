import { describe, expect, it } from 'vitest'
import { createLog } from './createLog.js'

function lines(): { written: string[]; write: (line: string) => void } {
  const written: string[] = []
  return { written, write: line => void written.push(line) }
}

describe('the log', () => {
  it('[S-CLI-7] is lines of JSON with the fields of node, workspace and session', () => {
    const { written, write } = lines()
    const log = createLog({ fields: { node: 'a' }, write }).child({ workspace: 'acme' })
    log.warn({ session: 's1', error: new Error('boom') }, 'closed a session')
    log.debug({}, 'not shown')
    expect(written).toHaveLength(1)
    expect(JSON.parse(written[0]!)).toMatchObject({
      level: 40,
      node: 'a',
      workspace: 'acme',
      session: 's1',
      msg: 'closed a session',
      error: { message: 'boom' },
    })
  })

  it('[S-CLI-7] is one readable line each in development', () => {
    const { written, write } = lines()
    createLog({ isPretty: true, fields: { node: 'a' }, write }).info({ url: 'http://x', count: 2 }, 'listening')
    expect(written.join('')).toMatch(/^\d\d:\d\d:\d\d info {2}listening url=http:\/\/x count=2\n$/)
  })

  it('shows the stack of an error below its line', () => {
    const { written, write } = lines()
    createLog({ isPretty: true, write }).error({ error: new Error('boom') }, 'failed')
    expect(written.join('')).toMatch(/failed\n {2}Error: boom\n {4,}at /)
  })

  it('[S-CLI-7] shows what its level lets through, and refuses a level that does not exist', () => {
    const { written, write } = lines()
    createLog({ level: 'silent', write }).error({}, 'x')
    createLog({ level: 'debug', write }).debug({}, 'y')
    expect(written).toHaveLength(1)
    expect(() => createLog({ level: 'loud' })).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
  })
})

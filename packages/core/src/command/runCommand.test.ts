import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TidemarkError } from '../error/TidemarkError.js'
import { buyTicket, tickets } from '../typetests/fixture.js'
import { type CommandContext, command } from './Command.js'
import type { CommandTx } from './CommandTx.js'
import type { Rejections } from './Outcome.js'
import { checkCommandInput, type RunResult, runCommand } from './runCommand.js'
import { UnreadSignal } from './UnreadSignal.js'

const context = { userId: 'alice', now: 1 }

/** A transaction over a few tickets that writes down what reaches it. */
class TicketTx {
  readonly calls: string[] = []
  readonly owners: Record<string, string | null>
  constructor(owners: Record<string, string | null> = {}) {
    this.owners = owners
  }
  get(_: unknown, id: string): unknown {
    this.calls.push(`get ${id}`)
    if (id === 'far') throw new UnreadSignal({ record: id })
    if (id === 'broken') throw new TidemarkError('STORE_FAILED')
    return Object.hasOwn(this.owners, id) ? { id, event: 'e', owner: this.owners[id] } : undefined
  }
  list(): unknown[] {
    return []
  }
  insert(): string {
    this.calls.push('insert')
    return 'made'
  }
  upsert(): void {
    throw new TidemarkError('ROW_TOO_LARGE')
  }
  update(_: unknown, id: string): void {
    this.calls.push(`update ${id}`)
    if (!Object.hasOwn(this.owners, id)) throw new TidemarkError('NOT_FOUND')
  }
  remove(): void {
    throw new RangeError('a bug of the transaction')
  }
  asTx(): CommandTx {
    return this as unknown as CommandTx
  }
}

type Run = (tx: CommandTx, context: CommandContext<Rejections>) => unknown

/** Runs any code as a command that declares SOLD and CLOSED. */
function ran(run: Run, tx = new TicketTx({ t1: null })): RunResult {
  const rejections: Rejections = { SOLD: z.object({ owner: z.string().trim() }), CLOSED: null }
  const any = command('any', { input: z.object({}), rejections, run: (tx, _, context) => run(tx, context) })
  return runCommand(any, tx.asTx(), {}, context)
}
const reject = (given: CommandContext<Rejections>) => given.reject as (code: string, details?: unknown) => never
const swallow = (call: () => unknown) => {
  try {
    call()
  } catch {
    return 'swallowed'
  }
  return 'went on'
}

describe('a run', () => {
  it('is accepted with what it returns', () => {
    const tx = new TicketTx({ t1: null })
    const result = runCommand(buyTicket, tx.asTx(), { ticket: 't1' }, context)
    expect(result).toEqual({ status: 'accepted', result: { price: 40, id: 'made' } })
    expect(tx.calls).toEqual(['get t1', 'update t1', 'insert'])
    expect(ran(() => undefined)).toEqual({ status: 'accepted', result: undefined })
  })

  it('is rejected with its own code and details', () => {
    const sold = new TicketTx({ t1: 'bob' })
    expect(runCommand(buyTicket, sold.asTx(), { ticket: 't1' }, context)).toEqual({
      status: 'rejected',
      code: 'SOLD',
      details: { owner: 'bob' },
      message: 'The command tickets.buy was rejected: SOLD.',
    })
    expect(ran((_, given) => reject(given)('CLOSED', 'ignored'))).toMatchObject({ code: 'CLOSED', details: null })
    expect(ran((_, given) => reject(given)('SOLD', { owner: ' bob ' }))).toMatchObject({ details: { owner: 'bob' } })
  })

  it('is rejected with a built-in code', () => {
    expect(runCommand(buyTicket, new TicketTx().asTx(), { ticket: 't1' }, context)).toMatchObject({
      status: 'rejected',
      code: 'NOT_FOUND',
      details: {},
      message: expect.stringMatching(/no such record/),
    })
    expect(ran((_, given) => reject(given)('DENIED', { message: 'too late' }))).toMatchObject({
      code: 'DENIED',
      details: { message: 'too late' },
      message: 'too late',
    })
  })

  it('knows who and when, and cannot change it', () => {
    expect(ran((_, { userId, now }) => ({ userId, now }))).toMatchObject({ result: context })
    expect(ran((_, given) => swallow(() => Object.assign(given, { userId: 'bob' })))).toMatchObject({
      result: 'swallowed',
    })
  })

  it('[C-COMMAND-1] is rejected though the code swallows it, and writes nothing more', () => {
    const tx = new TicketTx({ t1: null })
    const result = ran((tx, given) => {
      swallow(() => reject(given)('CLOSED'))
      const later = [swallow(() => tx.update(tickets, 't1', { owner: 'bob' })), swallow(() => reject(given)('DENIED'))]
      return later
    }, tx)
    expect(result).toMatchObject({ status: 'rejected', code: 'CLOSED' })
    expect(tx.calls).toEqual([])
  })

  it('[C-COMMAND-1] waits for a missing read though the code swallows it', () => {
    const unread = { status: 'unread', target: { record: 'far' } }
    expect(ran(tx => tx.get(tickets, 'far'))).toEqual(unread)
    expect(ran(tx => swallow(() => tx.get(tickets, 'far')))).toEqual(unread)
    expect(
      ran((tx, given) => {
        swallow(() => tx.get(tickets, 'far'))
        return reject(given)('CLOSED')
      }),
    ).toEqual(unread)
  })

  it('[C-COMMAND-1] leaves nothing behind that works later', () => {
    const tx = new TicketTx({ t1: null })
    const kept: (() => unknown)[] = []
    ran((tx, given) => {
      kept.push(
        () => tx.get(tickets, 't1'),
        () => reject(given)('CLOSED'),
      )
    }, tx)
    for (const call of kept) expect(call).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(tx.calls).toEqual([])
  })

  it.each<[string, Run]>([
    ['an undeclared code', (_, given) => reject(given)('SOLDOUT')],
    ['a code of the engine', (_, given) => reject(given)('EXPIRED', { queuedAt: 1 })],
    ['wrong details', (_, given) => reject(given)('SOLD', { owner: 4 })],
    ['no details where some are due', (_, given) => reject(given)('SOLD')],
    ['built-in details that are no object', (_, given) => reject(given)('DENIED', 'too late')],
    ['a result that is not JSON', () => ({ at: new Date(0) })],
    ['a result with NaN', () => Number.NaN],
    ['a result that is a function', () => () => 1],
    ['an exception', () => (undefined as unknown as { a: object }).a],
  ])('[C-COMMAND-2] with %s is INVALID', (_, run) => {
    const result = ran(run)
    expect(result).toMatchObject({ status: 'rejected', code: 'INVALID' })
    expect(result.status === 'rejected' && result.message).toMatch(/The command any/)
  })

  it('[C-COMMAND-2] that throws keeps the reason for the log and tells nobody else', () => {
    const secret = new Error('password 1234')
    const result = ran(() => {
      throw secret
    })
    expect(result).toMatchObject({ status: 'rejected', cause: secret })
    expect(JSON.stringify({ ...result, cause: null })).not.toContain('1234')
  })

  it('[C-COMMAND-2] drops members that are undefined from its result', () => {
    expect(ran(() => ({ a: 1, b: undefined }))).toEqual({ status: 'accepted', result: { a: 1 } })
  })

  it('[C-COMMAND-2] checks its input first, by any validator', () => {
    expect(runCommand(buyTicket, new TicketTx().asTx(), { ticket: 4 }, context)).toMatchObject({
      code: 'INVALID',
      details: { issues: [{ path: ['ticket'], message: expect.any(String) }] },
    })
    const slow = command('slow', {
      input: v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
      run: () => 1,
    })
    expect(runCommand(slow, new TicketTx().asTx(), 'x', context)).toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/asynchronous/),
    })
  })

  it('[C-COMMAND-3] may catch a write that cannot be made', () => {
    expect(ran(tx => swallow(() => tx.update(tickets, 't2', { owner: 'bob' })))).toMatchObject({ result: 'swallowed' })
  })

  it('[C-COMMAND-3] is rejected with what it does not catch', () => {
    expect(ran(tx => tx.update(tickets, 't2', { owner: 'bob' }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(ran(tx => tx.upsert(tickets, 't2', { event: 'e' }))).toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/size limit/),
    })
  })

  it('[C-COMMAND-4] throws on what the transaction threw by its own fault, swallowed or not', () => {
    expect(() => ran(tx => tx.get(tickets, 'broken'))).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }))
    expect(() => ran(tx => swallow(() => tx.get(tickets, 'broken')))).toThrow(TidemarkError)
    expect(() => ran(tx => tx.remove(tickets, 't1'))).toThrow(RangeError)
  })

  it('[C-COMMAND-5] that returns a promise is INVALID, and the promise harms nobody', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const result = ran(() => Promise.reject(new Error('later')))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(result).toMatchObject({ status: 'rejected', code: 'INVALID', message: expect.stringMatching(/synchronous/) })
    expect(unhandled).toEqual([])
  })
})

describe('the input of a command', () => {
  it('is queued as given, as JSON of our own', () => {
    const given = { ticket: 't1', seats: undefined }
    expect(checkCommandInput(buyTicket, given)).toEqual({ ticket: 't1' })
    expect(checkCommandInput(buyTicket, given)).not.toBe(given)
  })

  it('is INVALID at the call where the validator or JSON refuses it', () => {
    expect(() => checkCommandInput(buyTicket, { ticket: 4 })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    const dated = command('dated', { input: z.object({ at: z.coerce.date() }), run: () => 1 })
    expect(() => checkCommandInput(dated, { at: new Date(0) })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    expect(checkCommandInput(dated, { at: '2020-01-01' })).toEqual({ at: '2020-01-01' })
  })
})

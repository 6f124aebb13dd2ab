import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pages, tasks, world } from '../typetests/fixture.js'
import type { PresenceScope } from './PresenceScope.js'
import { presence, presenceDefinitionOf } from './presence.js'

const scopeOf = (scope: PresenceScope) => presenceDefinitionOf(scope).scope

describe('a presence', () => {
  it('[C-PRESENCE-1] has one scope for each place', () => {
    const places = [
      world,
      world.at('tasks/t1'),
      world.at('record/tasks/t1'),
      world.at(tasks.record('t1')),
      world.at(tasks.record('t2')),
      world.at(pages.record('t1')),
      world.at(tasks.list({})),
      world.at(tasks.list({ where: { status: 'todo' } })),
      world.at(tasks.list({ orderBy: 'rank' })),
    ]
    expect(new Set(places.map(scopeOf)).size).toBe(places.length)
    expect(scopeOf(world)).toBe('')
    expect(presenceDefinitionOf(world.at('room1'))).toMatchObject({ name: 'world', scope: 'room/room1' })
  })

  it('[C-PRESENCE-1] has the same scope for the same place, however it is written', () => {
    expect(scopeOf(world.at(tasks.record('t1')))).toBe(scopeOf(world.at(tasks.record('t1'))))
    const one = tasks.list({ where: { status: { in: ['todo', 'done'] }, assignee: null }, limit: 5 })
    const two = tasks.list({ where: { assignee: null, status: { in: ['done', 'todo'] } }, limit: 50 })
    expect(scopeOf(world.at(one))).toBe(scopeOf(world.at(two)))
  })

  it('starts from the workspace again, wherever it is', () => {
    expect(scopeOf(world.at('a').at('b'))).toBe(scopeOf(world.at('b')))
  })

  it('checks its state', () => {
    const { validate } = presenceDefinitionOf(world.at('room1'))
    expect(validate({ x: 1, y: 2, name: 'alice' })).toEqual({ value: { x: 1, y: 2, name: 'alice' } })
    expect(validate({ x: 1, y: Number.NaN, name: 'alice' })).toEqual({
      issues: [expect.objectContaining({ path: ['y'] })],
    })
    expect(presenceDefinitionOf(presence('p', z.custom<number>())).validate(-0)).toHaveProperty('issues')
  })

  it('refuses names, validators and places that cannot be used', () => {
    expect(() => presence('a/b', z.object({}))).toThrow(/no presence name/)
    expect(() => presence('a', {} as never)).toThrow(/validator/)
    expect(() => world.at('')).toThrow(expect.objectContaining({ code: 'INVALID' }))
    expect(() => presenceDefinitionOf({ name: 'x', at: () => world })).toThrow(/not made by presence/)
  })
})

import { expect, it } from 'vitest'
import { tasks, world } from '../typetests/fixture.js'
import type { PresenceScope } from './PresenceScope.js'
import { placeScope, recordOfPlace } from './placeScope.js'
import { presenceDefinitionOf } from './presence.js'

const recordOf = (place: PresenceScope) => recordOfPlace(placeScope(presenceDefinitionOf(place)))

it.each(['t1', 'a/b', '/', 'record/tasks/t1', 'line\u2028break'])('[C-PRESENCE-3] tells whose place it is: %j', id => {
  expect(recordOf(world.at(tasks.record(id)))).toEqual({ collection: 'tasks', id })
})

it('[C-PRESENCE-3] takes no other place for that of a record, whatever its name', () => {
  const named = ['tasks/t1', 'record/tasks/t1', '/record/tasks/t1', '../record/tasks/t1'].map(name => world.at(name))
  for (const place of [world, world.at(tasks.list({})), ...named]) expect(recordOf(place)).toBeNull()
})

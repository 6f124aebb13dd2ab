import { expect, it } from 'vitest'
import { findPrograms } from './findPrograms.mjs'

it('wants nothing where all runs already, and says what is missing and how to install it', () => {
  expect(findPrograms({ DATABASE_URL: 'postgres://db', REDIS_URL: 'redis://db' })).toEqual({})
  expect(() => findPrograms({ DATABASE_URL: 'postgres://db', PATH: '' })).toThrow(
    /^redis-server cannot be found here.*\n.*apt-get install postgresql redis-server/,
  )
})

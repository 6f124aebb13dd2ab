import { describe, expect, it } from 'vitest'
import { postgres } from './postgres.js'

const badConfig = expect.objectContaining({ code: 'BAD_CONFIG' })

describe('postgres()', () => {
  it.each([
    ['nothing', undefined, /DATABASE_URL/],
    ['no address', 'localhost', /postgres:\/\/user/],
    ['an address without a scheme', 'app:secret@db/acme', /postgres:\/\/user/],
    ['an address that cannot be read', 'postgres://app:secret@[/acme', /postgres:\/\/user/],
    ['an address of something else', 'mysql://app:secret@db/acme', /postgresql:\/\/, not with mysql:\/\/$/],
    ['an address of something else', { url: 'https://db:5432/acme' }, /postgresql:\/\/, not with https:\/\/$/],
    ['a name that needs quotes', { url: 'postgres://db/acme', schema: 'a"b' }, /cannot name a Postgres schema/],
    ['no connections', { url: 'postgres://db/acme', readConnections: 0 }, /readConnections above 0/],
  ] as const)('[S-PG-10] refuses %s, without repeating it', (_, address, sentence) => {
    expect(() => postgres(address)).toThrow(badConfig)
    expect(() => postgres(address)).toThrow(sentence)
    expect(() => postgres(address)).not.toThrow(/secret/)
  })

  it.each([
    'postgres://app:secret@db:6543/acme',
    'postgresql://db/acme?sslmode=disable',
    'postgres://postgres@/acme?host=%2Ftmp',
    'POSTGRES://db/acme',
  ])('[S-PG-10] takes %s', url => {
    expect(postgres(url)['~postgres'].url).toBe(url)
  })
})

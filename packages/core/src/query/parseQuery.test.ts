import { describe, expect, it } from 'vitest'
import { parseQuery } from './parseQuery.js'
import { testFields } from './testing/arbitraries.js'

const orderOf = (orderBy: unknown) =>
  parseQuery({ orderBy }, testFields).orderBy.map(term => (term.descending ? '-' : '') + term.field)

describe('parseQuery', () => {
  it('reads an empty query as everything in the order of ids', () => {
    expect(parseQuery({})).toEqual({
      where: { op: 'true' },
      orderBy: [{ field: 'id', descending: false }],
      limit: null,
    })
  })

  it.each([
    ['title', ['title', 'id']],
    ['-votes', ['-votes', 'id']],
    [
      ['-votes', 'title', '-$createdAt'],
      ['-votes', 'title', '-$createdAt', 'id'],
    ],
    [
      ['title', '-title', 'votes'],
      ['title', 'votes', 'id'],
    ],
    [['-id', 'title'], ['-id']],
    [[], ['id']],
  ])('orders by %j with the id as the last tie-break', (orderBy, terms) => {
    expect(orderOf(orderBy)).toEqual(terms)
  })

  it.each([
    ['an unknown order', { orderBy: 'stock' }, 'orderBy.0'],
    ['an order by a set', { orderBy: ['title', 'labels'] }, 'orderBy.1'],
    ['an order by $pending', { orderBy: '-$pending' }, 'orderBy.0'],
    ['an order that is no name', { orderBy: [1] }, 'orderBy.0'],
    ['17 orders', { orderBy: new Array(17).fill('title') }, 'orderBy'],
    ['a limit of 0', { limit: 0 }, 'limit'],
    ['half a row', { limit: 1.5 }, 'limit'],
    ['a limit that is text', { limit: '5' }, 'limit'],
    ['an undefined where', { where: undefined }, 'where'],
    ['a misspelt key', { orderby: 'title' }, 'orderby'],
    ['no object', 'title', 'must be an object'],
  ])('refuses %s', (_name, query, path) => {
    expect(() => parseQuery(query, testFields)).toThrow(path)
  })
})

import { describe, expect, it } from 'vitest'
import { openSchema } from './openSchema.js'

describe('the schema of a node without a configuration', () => {
  it('[S-CLI-2] has an open collection of every name that can be one', () => {
    const { collectionByName, collections } = openSchema()
    expect(collectionByName.get('pages')).toMatchObject({ name: 'pages', open: true, hasBody: true })
    expect(collectionByName.get('pages')).toBe(collectionByName.get('pages'))
    expect(collectionByName.has('a.b-c')).toBe(true)
    for (const name of ['', '1', 'a b', '__proto__', 'constructor', 'x'.repeat(65)]) {
      expect(collectionByName.has(name)).toBe(false)
    }
    expect(collections).toEqual([])
  })

  it('[S-CLI-2, G10] keeps no more models than its bound, whatever strangers ask for', () => {
    const { collectionByName } = openSchema()
    for (let n = 0; n < 2_500; n++) expect(collectionByName.get(`c${n}`)?.name).toBe(`c${n}`)
    expect(collectionByName.size).toBeLessThanOrEqual(1_000)
  })
})

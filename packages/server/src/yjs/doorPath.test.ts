import { describe, expect, it } from 'vitest'
import { closeReason } from './closeReason.js'
import { placeFromPath } from './doorPath.js'

describe('the address of a body', () => {
  it('[S-DOOR-1] names workspace, collection and record', () => {
    expect(placeFromPath('/yjs/acme/pages/home')).toEqual({ workspace: 'acme', collection: 'pages', id: 'home' })
    expect(placeFromPath('/yjs/acme/pages/folder/a%20b')?.id).toBe('folder/a b')
  })

  it.each(['/yjs/acme/pages', '/yjs/acme/pages/', '/yjs//pages/x', '/yjs/a/b/%', '/yjs/a/b/%00', '/other/a/b/c'])(
    '[S-DOOR-1] is not %s',
    path => {
      expect(placeFromPath(path)).toBeNull()
    },
  )
})

describe('the reason of a close', () => {
  it('[S-DOOR-5] is the sentence, cut between characters where it is too long for a frame', () => {
    expect(closeReason('You may not.')).toBe('You may not.')
    const long = closeReason('ä€😀'.repeat(40))
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(123)
    expect(Buffer.byteLength(long)).toBeGreaterThan(117)
    expect(long.endsWith('…')).toBe(true)
    expect(long).not.toContain('\ufffd')
  })
})

import { describe, expect, it } from 'vitest'
import { HeadWatch } from './HeadWatch.js'

describe('HeadWatch', () => {
  it('[S-HEAD-1] [L5] waits a moment for what is on its way, and calls the rest missing', () => {
    const watch = new HeadWatch()
    let position: number | undefined = 4
    watch.headSeen('acme', 5, 4, 0)
    expect(watch.ticked(() => position, 199)).toEqual(new Map())
    expect(watch.ticked(() => position, 200)).toEqual(new Map([['acme', 5]]))
    expect(watch.hasSuspects).toBe(false)
    watch.headSeen('acme', 6, 5, 300)
    position = 6
    expect(watch.ticked(() => position, 600)).toEqual(new Map())
    watch.headSeen('acme', 7, 6, 700)
    position = undefined
    expect(watch.ticked(() => position, 900)).toEqual(new Map())
    expect(watch.hasSuspects).toBe(false)
  })

  it('[S-HEAD-2] looks for the first head that was missed, not for those that come after', () => {
    const watch = new HeadWatch()
    watch.headSeen('acme', 5, 4, 0)
    watch.headSeen('acme', 9, 4, 150)
    expect(watch.ticked(() => 4, 200)).toEqual(new Map([['acme', 5]]))
  })
})

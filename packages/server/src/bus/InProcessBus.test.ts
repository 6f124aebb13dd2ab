import { describe } from 'vitest'
import { InProcessBus } from './InProcessBus.js'
import { busContract } from './testing/busContract.js'

describe('InProcessBus', () => {
  busContract(async () => {
    const bus = new InProcessBus()
    return { alice: bus, bob: bus, remove: async () => undefined }
  })
})

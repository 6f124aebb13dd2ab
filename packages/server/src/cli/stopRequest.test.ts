import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { stopRequest } from './stopRequest.js'

it('[S-CLI-8] a signal that comes twice is one request, and only who asks again later is not made to wait', async () => {
  const signals = new EventEmitter()
  let nowMs = 100
  let givenUp = 0
  const asked = stopRequest(
    signals,
    () => nowMs,
    () => givenUp++,
  )
  signals.emit('SIGINT')
  await asked
  signals.emit('SIGINT')
  signals.emit('SIGTERM')
  nowMs += 1_999
  signals.emit('SIGINT')
  expect(givenUp).toBe(0)
  nowMs += 1
  signals.emit('SIGINT')
  expect(givenUp).toBe(1)
})

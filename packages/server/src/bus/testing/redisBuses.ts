import { randomId, systemRandom } from '@tidemark/core'
import type { Log } from '../../log/Log.js'
import { systemScheduler } from '../../socket/Scheduler.js'
import type { Bus } from '../Bus.js'
import { type BusPace, RedisBus } from '../redis/RedisBus.js'
import { placeFrom, type RedisBusOptions } from '../redis/RedisPlace.js'

/** As in production, but a stopped Redis is noticed in 0.6 s, and is soon tried again. */
const quickPace: BusPace = { pulseMs: 200, silentPulses: 3, openingMs: 2_000, longestWaitMs: 100 }
/** Nothing is sent but what the test sends. */
export const noPulses: BusPace = { ...quickPace, pulseMs: 3_600_000, openingMs: 10_000 }

export function redisBusAt(address: string | RedisBusOptions, log: Log, pace = quickPace): RedisBus {
  return new RedisBus({ place: placeFrom(address), log, pace, scheduler: systemScheduler, random: systemRandom })
}

/** A name that no other test on this Redis has. */
export const ownPrefix = (): string => `t${randomId(systemRandom, 8)}`

/** Resolves when the bus is what is asked for: now, or as soon as it says so. */
export function untilUp(bus: Bus, wanted = true): Promise<void> {
  return new Promise(resolve => {
    let stop: () => void = () => undefined
    stop = bus.watch(isUp => {
      if (isUp !== wanted) return
      resolve()
      queueMicrotask(() => stop())
    })
  })
}

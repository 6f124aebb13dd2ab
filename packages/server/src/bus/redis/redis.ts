import { systemRandom } from '@tidemark/core'
import { systemScheduler } from '../../socket/Scheduler.js'
import type { Bus } from '../Bus.js'
import type { BusAdapter } from '../BusAdapter.js'
import { RedisBus } from './RedisBus.js'
import { placeFrom, type RedisBusOptions, type RedisPlace } from './RedisPlace.js'

/** A node does not wait longer for a Redis that is away: it serves without, only slower. */
const openWaitMs = 2_000

export interface RedisAdapter extends BusAdapter {
  /** Where it is: `tidemark doctor` looks there. */
  readonly '~redis': RedisPlace
}

/** Connects nodes over Redis: one server, Sentinel, or a Cluster. Throws `BAD_CONFIG` for what is no address. */
export function redis(address: string | RedisBusOptions | undefined): RedisAdapter {
  const place = placeFrom(address)
  return {
    '~bus': true,
    '~redis': place,
    async open(log) {
      const bus = new RedisBus({ place, log, scheduler: systemScheduler, random: systemRandom })
      if (!(await isUpInTime(bus))) log.warn({ code: 'REDIS_AWAY' }, startsWithout)
      return bus
    },
  }
}

function isUpInTime(bus: Bus): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (isUp: boolean) => {
      cancel()
      stop()
      resolve(isUp)
    }
    const cancel = systemScheduler.after(openWaitMs, () => settle(false))
    const stop = bus.watch(isUp => {
      if (isUp) settle(true)
    })
  })
}

const startsWithout =
  'The node starts without Redis: what other nodes commit is read from the store, which is slower, until Redis is there.'

import type { BusMessages, Topic, TopicKind } from '@tidemark/server/testing'
import type { Dice } from '../world/Dice.js'
import type { Tally } from '../world/Tally.js'
import type { VirtualTime } from '../world/VirtualTime.js'
import type { BusLine } from './BusLine.js'

/** How the way between nodes does at the moment. */
export interface BusWeather {
  /** The longest way of one message, ms. */
  latencyMs: number
  /** How likely a message is lost on its way to one of those who listen. */
  losing: number
}

export const fairBus: Readonly<BusWeather> = { latencyMs: 3, losing: 0 }

/** What stands between the nodes of a world. It keeps nothing: whoever does not listen at the moment never hears. */
export class BusHub {
  readonly weather: BusWeather = { ...fairBus }
  readonly lines = new Set<BusLine>()
  /** Nobody reaches it: who comes now knows that at once. */
  isAway = false
  /** True for a message that is to get lost whatever the weather. */
  loses: (topic: Topic<TopicKind>) => boolean = () => false

  constructor(
    readonly time: VirtualTime,
    private readonly dice: Dice,
    private readonly tally: Tally,
  ) {}

  /** How long a message is under way. */
  wayMs(): number {
    return this.dice.int(0, this.weather.latencyMs)
  }

  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    for (const line of this.lines) {
      if (this.loses(topic) || this.dice.chance(this.weather.losing)) this.tally.count('fault: bus message lost')
      else line.carry(topic, message)
    }
  }
}

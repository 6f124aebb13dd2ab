import type { BusMessages, Topic, TopicKind } from '../bus/Bus.js'
import { InProcessBus } from '../bus/InProcessBus.js'

/** Delivers in a later turn, in order, to all who are subscribed then: as slow as a bus between processes, and no slower. */
export class LaterBus extends InProcessBus {
  override publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    setImmediate(() => super.publish(topic, message))
  }
}

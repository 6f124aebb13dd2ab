import { redis } from '../../redis.js'
import rules from './rules.config.js'

/** A configuration with a bus, at the address that the test sets. */
export default { ...rules, bus: redis(process.env.TIDEMARK_TEST_REDIS) }

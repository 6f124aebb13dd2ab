export type { RedisBusOptions } from './bus/redis/RedisPlace.js'
export { type RedisAdapter, redis } from './bus/redis/redis.js'

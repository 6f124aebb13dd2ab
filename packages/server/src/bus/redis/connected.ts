import type { Redis } from 'ioredis'

/** Resolves when the connection can be used, and throws what keeps it from that, not just that it is closed. */
export async function connected(redis: Redis): Promise<Redis> {
  let reason: unknown
  // It stays: an error that nobody listens to would be printed.
  redis.on('error', error => {
    reason ??= error
  })
  try {
    await redis.connect()
    return redis
  } catch (error) {
    throw reason ?? error
  }
}

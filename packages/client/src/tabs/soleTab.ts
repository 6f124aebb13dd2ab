import type { Leadership } from './Leadership.js'

/** Of a tab that is alone with its replica: it leads from the start. */
export function soleLeadership(): Leadership {
  return { request: lead => lead(), release: () => undefined }
}

export type { PostgresOptions } from './store/postgres/PostgresOptions.js'
export { postgres } from './store/postgres/postgres.js'

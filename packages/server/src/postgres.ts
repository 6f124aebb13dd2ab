export type { PostgresOptions } from './store/postgres/PostgresOptions.js'
export { type PostgresAdapter, postgres } from './store/postgres/postgres.js'

import type Database from 'better-sqlite3'

/** Preparing a list costs more than running it; clients choose their own, so only so many are kept. */
const maxStatements = 256

/** Prepared statements by their text, least recently used out first. */
export class StatementCache {
  readonly #db: Database.Database
  readonly #statementBySql = new Map<string, Database.Statement>()

  constructor(db: Database.Database) {
    this.#db = db
  }

  prepare<Row>(sql: string): Database.Statement<(string | number)[], Row> {
    const statement = this.#statementBySql.get(sql) ?? this.#db.prepare(sql)
    this.#statementBySql.delete(sql)
    this.#statementBySql.set(sql, statement)
    if (this.#statementBySql.size > maxStatements) {
      for (const oldest of this.#statementBySql.keys()) {
        this.#statementBySql.delete(oldest)
        break
      }
    }
    return statement as Database.Statement<(string | number)[], Row>
  }
}

import type { ClusterPicture, ShardClaim, ShardOwner, ShardTable } from '../ShardTable.js'
import type { Connections } from './Connections.js'

const keepLease = `
  INSERT INTO node (name, address, lease_until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET address = excluded.address, lease_until = excluded.lease_until`

/** Nodes and shards of a cluster. A shard is its owner's as long as that one's lease lasts, by the database's clock. */
export class PostgresShards implements ShardTable {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** Waits for commits under way in these shards. */
  async claim(shards: readonly number[], { node, address, leaseMs }: ShardOwner): Promise<readonly ShardClaim[]> {
    return this.#connections.write<{ shard: number; epoch: number }>({
      text: `
        WITH lease AS (${keepLease})
        INSERT INTO shard (shard, epoch, owner)
        SELECT wanted, 1, $1 FROM unnest($4::integer[]) AS wanted ORDER BY wanted
        ON CONFLICT (shard) DO UPDATE SET epoch = shard.epoch + 1, owner = excluded.owner
        WHERE shard.owner IS NULL OR shard.owner = excluded.owner OR NOT EXISTS (
          SELECT FROM node WHERE name = shard.owner AND lease_until > clock_timestamp())
        RETURNING shard, epoch::float8 AS epoch`,
      values: [node, address, leaseMs, shards],
    })
  }

  async renew({ node, address, leaseMs }: ShardOwner): Promise<ClusterPicture> {
    await this.#connections.write({ text: keepLease, values: [node, address, leaseMs] })
    const [picture] = await this.#connections.write<ClusterPicture>({
      text: `
        WITH living AS (SELECT name, address FROM node WHERE lease_until > clock_timestamp() OR name = $1)
        SELECT
          (SELECT coalesce(json_agg(json_build_object('node', name, 'address', address) ORDER BY name COLLATE "C"), '[]')
            FROM living) AS nodes,
          (SELECT coalesce(json_agg(json_build_object('shard', shard, 'epoch', epoch, 'node', name) ORDER BY shard), '[]')
            FROM shard LEFT JOIN living ON name = owner) AS shards`,
      values: [node],
    })
    return picture as ClusterPicture
  }

  async release(claims: readonly ShardClaim[]): Promise<void> {
    await this.#connections.write({
      text: `
        UPDATE shard SET owner = NULL FROM unnest($1::integer[], $2::bigint[]) AS given (shard, epoch)
        WHERE shard.shard = given.shard AND shard.epoch = given.epoch`,
      values: [claims.map(({ shard }) => shard), claims.map(({ epoch }) => epoch)],
    })
  }

  /** Those that left, or whose lease ran out a day ago, are forgotten. */
  async leave(node: string): Promise<void> {
    await this.#connections.write({
      text: `DELETE FROM node WHERE name = $1 OR lease_until < clock_timestamp() - interval '1 day'`,
      values: [node],
    })
  }
}

import { type SchemaDef, schemaModelOf } from '@tidemark/core'
import type { BaseUser } from './access/AccessRules.js'
import type { NodeOptions, TidemarkNode } from './NodeOptions.js'
import { type StartOptions, startNode } from './startNode.js'

/** Starts a node: opens its store and bus and takes its shards. It serves nobody before `listen` or `attach`. */
export async function createNode<const S extends SchemaDef, U extends BaseUser>(
  options: NodeOptions<S, U>,
): Promise<TidemarkNode> {
  const { schema, ...rest } = options
  // The rules take the app's own user, which is what its own `authenticate` gives.
  return startNode(schemaModelOf(schema), rest as unknown as StartOptions)
}

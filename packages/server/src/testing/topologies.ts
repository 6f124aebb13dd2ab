/** Suites of what clients and server code see run over these: nobody is to notice how many nodes there are. [S-NODES-1] */
export const topologies = [
  { topology: 'one node', nodeCount: 1 },
  { topology: 'three nodes', nodeCount: 3 },
] as const

// Oracles and random input for tests of other packages: not part of the public surface.
export {
  orderByArbitrary,
  queryArbitrary,
  rowArbitrary,
  rowsArbitrary,
  testFields,
  whereArbitrary,
} from './arbitraries.js'
export { naiveList, naiveMatches, type WrittenQuery, type WrittenWhere } from './naiveList.js'

import type { BenchRow } from '../BenchRow.js'
import { P1 } from './P1.js'
import { P2 } from './P2.js'
import { P3 } from './P3.js'
import { P4 } from './P4.js'
import { P5 } from './P5.js'
import { P9 } from './P9.js'
import { P10 } from './P10.js'
import { P11 } from './P11.js'
import { P12 } from './P12.js'
import { P13 } from './P13.js'
import { P14 } from './P14.js'

/** All rows, in their order. */
export const rows: readonly BenchRow[] = [P1, P2, P3, P4, P5, P9, P10, P11, P12, P13, P14]

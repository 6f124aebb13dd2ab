/** The same members as one object type, so that editors show fields instead of an intersection. */
export type Flat<T> = { [K in keyof T]: T[K] } & {}

/** `~error` in a type is how the declarations say a sentence in an editor. */
export interface TypeSentence<M extends string> {
  readonly '~error': M
}

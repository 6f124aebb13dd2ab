import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { malformed } from './malformed.js'
import { readUint } from './read.js'

/** Writes each word of a message once; where it comes again, its number. */
export class WordWriter {
  readonly #numberByWord = new Map<string, number>()

  constructor(private readonly encoder: encoding.Encoder) {}

  write(word: string): void {
    const number = this.#numberByWord.get(word)
    encoding.writeVarUint(this.encoder, number ?? 0)
    if (number !== undefined) return
    encoding.writeVarString(this.encoder, word)
    this.#numberByWord.set(word, this.#numberByWord.size + 1)
  }
}

/** Reads what `WordWriter` wrote, in the same order. */
export class WordReader {
  readonly #words: string[] = []

  constructor(private readonly decoder: decoding.Decoder) {}

  read(): string {
    const number = readUint(this.decoder)
    if (number > 0) {
      const word = this.#words[number - 1]
      if (word === undefined) throw malformed(`no word ${number}`)
      return word
    }
    const word = decoding.readVarString(this.decoder)
    this.#words.push(word)
    return word
  }
}

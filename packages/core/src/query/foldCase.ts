/**
 * How `contains` ignores case: each letter of the table below becomes its lower-case partner, everything else stays.
 *
 * `toLowerCase`, SQLite's and Postgres' `lower` disagree (locale, Unicode version, letters that change their length),
 * so the folding is this fixed table of single characters: basic Latin, Latin-1, Latin Extended-A, Romanian and
 * Vietnamese, Greek (final sigma too), and Cyrillic. Other scripts with case compare exactly, and nothing is
 * normalised. SQLite registers this function; Postgres says
 * `translate(value, caseFolding.from, caseFolding.to)`.
 */
export function foldCase(text: string): string {
  // For ASCII, toLowerCase is the same table, and native.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase()
  return text.replace(foldable, letter => partnerOf.get(letter) ?? letter)
}

/** The table as two strings of equal length: the n-th letter of `from` becomes the n-th of `to`. */
export const caseFolding: { readonly from: string; readonly to: string } = buildTable()

const partnerOf: ReadonlyMap<string, string> = new Map(
  Array.from(caseFolding.from, (letter, index) => [letter, caseFolding.to.charAt(index)]),
)
const foldable = new RegExp(`[${caseFolding.from}]`, 'g')

function buildTable(): { from: string; to: string } {
  let from = ''
  let to = ''
  const fold = (first: number, last: number, step: number, distance: number) => {
    for (let code = first; code <= last; code += step) {
      from += String.fromCharCode(code)
      to += String.fromCharCode(code + distance)
    }
  }
  fold(0x41, 0x5a, 1, 32) // A–Z
  fold(0xc0, 0xd6, 1, 32) // À–Ö
  fold(0xd8, 0xde, 1, 32) // Ø–Þ
  fold(0x100, 0x12e, 2, 1) // Ā–Į; İ and ı have no partner of one letter
  fold(0x132, 0x136, 2, 1) // Ĳ–Ķ
  fold(0x139, 0x147, 2, 1) // Ĺ–Ň
  fold(0x14a, 0x176, 2, 1) // Ŋ–Ŷ
  fold(0x178, 0x178, 1, -0x79) // Ÿ
  fold(0x179, 0x17d, 2, 1) // Ź–Ž
  fold(0x1a0, 0x1a0, 1, 1) // Ơ
  fold(0x1af, 0x1af, 1, 1) // Ư
  fold(0x218, 0x21a, 2, 1) // Ș Ț
  fold(0x386, 0x386, 1, 38) // Ά
  fold(0x388, 0x38a, 1, 37) // Έ–Ί
  fold(0x38c, 0x38c, 1, 64) // Ό
  fold(0x38e, 0x38f, 1, 63) // Ύ Ώ
  fold(0x391, 0x3a1, 1, 32) // Α–Ρ
  fold(0x3a3, 0x3ab, 1, 32) // Σ–Ϋ
  fold(0x3c2, 0x3c2, 1, 1) // ς
  fold(0x400, 0x40f, 1, 80) // Ѐ–Џ
  fold(0x410, 0x42f, 1, 32) // А–Я
  fold(0x1ea0, 0x1ef8, 2, 1) // Ạ–Ỹ
  return { from, to }
}

/** Numbers that look random and follow from a seed, the same ones on every host. */

/** A number below `n`. */
export type Random = (n: number) => number

/** The `stream`s of one seed are independent of each other, so that one walk can be made again without those before it. */
export function randomOf(seed: number, stream: number): Random {
  // sfc32 by Chris Doty-Humphrey: four words, one of them a counter.
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = stream >>> 0
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 15; i++) next()
  return (n) => Math.floor((next() / 2 ** 32) * n)
}

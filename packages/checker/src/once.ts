/** A function that remembers what it has made of each object. */
export function once<A extends object, B>(make: (a: A) => B): (a: A) => B {
  const made = new Map<A, B>()
  return (a) => {
    let b = made.get(a)
    if (b === undefined && !made.has(a)) {
      b = make(a)
      made.set(a, b)
    }
    return b as B
  }
}

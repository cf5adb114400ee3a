/** How many times does each level occur? */
export function count(values: ArrayLike<number>, levels: number): Uint32Array {
  const counts = new Uint32Array(levels)
  for (let i = 0; i < values.length; i++) if (values[i] < levels) counts[values[i]]++
  return counts
}

import { describe, expect, it } from 'vitest'
import { lengthOf, relaxedPath, straightPath, type Decode } from './paths'

const decoderOf = (f: (u: Float32Array) => number[]): Decode => (codes, n) => {
  const d = codes.length / n
  return Float32Array.from(Array.from({ length: n }, (_, i) => f(codes.subarray(i * d, i * d + d))).flat())
}
/** A hill in the way: going over it changes the picture much, going round it less. */
const hill = decoderOf((u) => [u[0], u[1], 3 * Math.exp(-(u[0] ** 2 + u[1] ** 2) * 2)])

describe('straight', () => {
  it('begins at a, ends at b and is spaced evenly', () => {
    const { codes } = straightPath([0, 2], [4, 0], 5)
    expect([...codes]).toEqual([0, 2, 1, 1.5, 2, 1, 3, 0.5, 4, 0])
  })
})

describe('relaxed', () => {
  it('is never longer than the straight one, and keeps its ends', async () => {
    for (const [a, b] of [[[-2, 0.05], [2, 0.05]], [[-1, -1], [1, 1.2]], [[0, 0], [0.5, 0]], [[3, 3], [3, 4]]]) {
      const path = await relaxedPath(a, b, { places: 9, decode: hill })
      expect(path.length!).toBeLessThanOrEqual(path.straight!)
      expect([...path.codes.slice(0, 2)]).toEqual([...Float32Array.from(a)])
      expect([...path.codes.slice(-2)]).toEqual([...Float32Array.from(b)])
      expect(path.length!).toBeCloseTo(Math.min(path.straight!, lengthOf(path.codes, 9, 2, hill)), 6)
    }
  })
  it('goes round a hill where that is shorter', async () => {
    const path = await relaxedPath([-2, 0.05], [2, 0.05], { places: 9, decode: hill })
    expect(path.length!).toBeLessThan(0.8 * path.straight!)
  })
  it('stays straight, in evenly spaced steps, where the decoder is linear', async () => {
    const decode = decoderOf((u) => [u[0] + 2 * u[1], u[1] - u[0], 3 * u[0]])
    const path = await relaxedPath([-1, 0], [2, 1], { places: 7, decode })
    const line = straightPath([-1, 0], [2, 1], 7)
    path.codes.forEach((value, i) => expect(value).toBeCloseTo(line.codes[i], 2))
  })
  it('bends along a curved sheet: on a cylinder of longitude and height it follows the great line', async () => {
    const warped = decoderOf((u) => [Math.cos(u[0]), Math.sin(u[0]), u[1] + Math.sin(2 * u[0])])
    const path = await relaxedPath([0, 0], [2, 0], { places: 9, decode: warped })
    expect(path.length!).toBeLessThan(path.straight!)
    // The shortest way on the unrolled cylinder: from (0, 0) to (2, sin 4).
    const shortest = Math.hypot(2, Math.sin(4))
    expect(path.length!).toBeGreaterThan(0.98 * shortest)
    expect(path.length!).toBeLessThan(1.05 * shortest)
  })
  it('is the same each time, stands a decoder that says nothing, and stops when told to', async () => {
    const once = await relaxedPath([-2, 0.05], [2, 0.3], { places: 7, decode: hill })
    const again = await relaxedPath([-2, 0.05], [2, 0.3], { places: 7, decode: hill })
    expect([...once.codes]).toEqual([...again.codes])
    const flat = await relaxedPath([0], [1], { places: 5, decode: decoderOf(() => [1]) })
    expect([...flat.codes]).toEqual([0, 0.25, 0.5, 0.75, 1])
    const stopped = await relaxedPath([-2, 0.05], [2, 0.05], { places: 7, decode: hill, pause: async () => false })
    expect(stopped.length).toBe(stopped.straight)
  })
})

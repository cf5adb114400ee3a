import { describe, expect, it } from 'vitest'
import { contour } from './contours'

const grid = (side: number, f: (x: number, y: number) => number) =>
  Float64Array.from({ length: side * side }, (_, i) => f((i % side) / (side - 1) - 0.5, Math.floor(i / side) / (side - 1) - 0.5))

describe('contours', () => {
  it('of a hill are one closed line at the right distance', () => {
    const lines = contour(grid(61, (x, y) => Math.hypot(x, y)), 61, 61, 0.3)
    expect(lines).toHaveLength(1)
    const [line] = lines
    for (let k = 0; k < line.length; k += 2) expect(Math.hypot(line[k] / 60 - 0.5, line[k + 1] / 60 - 0.5)).toBeCloseTo(0.3, 2)
    expect([line[0], line[1]].map((v) => v.toFixed(3))).toEqual(line.slice(-2).map((v) => v.toFixed(3)))
  })
  it('of two hills are two lines', () => {
    expect(contour(grid(61, (x, y) => Math.min(Math.hypot(x - 0.25, y), Math.hypot(x + 0.25, y))), 61, 61, 0.15)).toHaveLength(2)
  })
  it('of a level that is not reached are none, and unknown values are passed over', () => {
    expect(contour(grid(9, () => 1), 9, 9, 2)).toEqual([])
    expect(contour(grid(9, () => NaN), 9, 9, 0)).toEqual([])
    expect(contour(grid(21, (x, y) => (x < 0 ? NaN : Math.hypot(x, y))), 21, 21, 0.3).length).toBeGreaterThan(0)
  })
  it('end at the border', () => {
    const [line] = contour(grid(11, (x) => x), 11, 11, 0.01)
    expect([line[1], line.at(-1)!].sort((p, q) => p - q)).toEqual([0, 10])
  })
})

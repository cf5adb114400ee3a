import { describe, expect, it } from 'vitest'
import { between, distanceOf, measure, nearestOf, normals, percentileOf, placeOn, projectOn } from './geometry'
import type { Plane, Points } from './types'

const pairs = Float32Array.from({ length: 101 }, (_, i) => 1 + i / 20)

describe('distance', () => {
  it('is that of Pythagoras, symmetric, and 0 only for equals', () => {
    expect(distanceOf([0, 0], [3, 4])).toBe(5)
    expect(distanceOf([1, 2, 3], [4, -1, 0])).toBe(distanceOf([4, -1, 0], [1, 2, 3]))
    expect(distanceOf([1, 2], [1, 2])).toBe(0)
  })
})

describe('percentile', () => {
  it('is 0 below every pair, 100 beyond all, and exact at the knots', () => {
    expect(percentileOf(pairs, 0)).toBe(0)
    expect(percentileOf(pairs, 99)).toBe(100)
    for (const i of [1, 37, 50, 99]) expect(percentileOf(pairs, pairs[i])).toBeCloseTo(i, 4)
  })
  it('never falls as distance grows, also where many pairs are equally far', () => {
    const tied = Float32Array.from({ length: 101 }, (_, i) => (i < 40 ? 1 : i < 80 ? 2 : 3))
    let before = -1
    for (let distance = 0; distance < 4; distance += 0.01) {
      const now = percentileOf(tied, distance)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  })
})

describe('interval', () => {
  const at = (length: number, spread: number, d = 4) => {
    const zero = new Float32Array(d)
    const end = zero.slice()
    end[0] = length
    return measure(zero, end, { a: zero.slice().fill(spread), b: zero.slice().fill(spread) }, pairs)
  }
  it('holds the distance itself and is the same on every call', () => {
    for (const length of [0, 0.1, 1, 3, 7]) {
      const { distance, percentile } = at(length, 0.4)
      expect(distance.interval![0]).toBeLessThanOrEqual(distance.value)
      expect(distance.interval![1]).toBeGreaterThanOrEqual(distance.value)
      expect(percentile.interval![0]).toBeLessThanOrEqual(percentile.value)
      expect(percentile.interval![1]).toBeGreaterThanOrEqual(percentile.value)
      expect(at(length, 0.4)).toEqual(at(length, 0.4))
    }
  })
  it('far away, is the normal one: 1.645 times the spread of the difference to either side', () => {
    const { distance } = at(100, 0.5, 1)
    const margin = 1.645 * 0.5 * Math.SQRT2
    expect(distance.interval![0]).toBeCloseTo(100 - margin, 0)
    expect(distance.interval![1]).toBeCloseTo(100 + margin, 0)
  })
  it('covers the true distance about nine times in ten, where plain quantiles of the noisy one do not', () => {
    const normal = normals(3)
    const spread = 0.3
    let hits = 0
    const trials = 400
    for (let i = 0; i < trials; i++) {
      const a = Float32Array.from({ length: 6 }, () => spread * normal())
      const b = Float32Array.from({ length: 6 }, (_, k) => (k === 0 ? 1 : 0) + spread * normal())
      const sd = new Float32Array(6).fill(spread)
      const [low, high] = measure(a, b, { a: sd, b: sd }, pairs).distance.interval!
      hits += Number(low <= 1 && 1 <= high)
    }
    // Binomial(400, 0.9) leaves [330, 385] less often than 1 time in a million; ends here are ranks of 400 draws.
    expect(hits).toBeGreaterThan(325)
    expect(hits).toBeLessThan(395)
  })
  it('reaches 0 where the noise is longer than the change, and is missing where nothing was measured', () => {
    expect(at(0.2, 1).distance.interval![0]).toBe(0)
    const none = measure([0], [1], { a: null, b: null }, pairs)
    expect(none.distance.interval).toBeNull()
    expect(none.percentile.interval).toBeNull()
  })
  it('is as wide as the spread of the one side alone where the other is exact', () => {
    const one = measure([0], [50], { a: [1], b: null }, pairs).distance.interval!
    expect(one[1] - one[0]).toBeGreaterThan(2.7)
    expect(one[1] - one[0]).toBeLessThan(3.9)
  })
})

describe('between', () => {
  it('is exact at known places, straight between them, and held at the ends', () => {
    const [at, y] = [[0, 0.5, 1], [2, 4, NaN]]
    expect([0, 0.25, 0.5, -1].map((place) => between(at, y, place))).toEqual([2, 3, 4, 2])
    expect(between(at, y, 0.75)).toBeNaN()
    expect(between([], [], 0.5)).toBeNaN()
  })
})

describe('planes', () => {
  const plane = { origin: Float32Array.of(1, 2, 3), across: Float32Array.of(0.6, 0.8, 0), up: Float32Array.of(0, 0, 1) } as Plane
  it('go to u and back', () => {
    const { across, up, beside } = projectOn(plane, placeOn(plane, 1.5, -0.5))
    expect(across).toBeCloseTo(1.5, 5)
    expect(up).toBeCloseTo(-0.5, 5)
    expect(beside).toBeLessThan(1e-3)
  })
  it('tell how far beside them a code lies', () => {
    const beside = projectOn(plane, [1 - 0.8 * 2, 2 + 0.6 * 2, 3]).beside
    expect(beside).toBeCloseTo(2, 5)
  })
})

describe('nearest', () => {
  const points = { n: 3, u: Float32Array.of(0, 0, 3, 4, 1, 1) } as Points
  it('is the object at the least distance, among those asked about', () => {
    expect(nearestOf(points, [0.2, 0])!.row).toBe(0)
    expect(nearestOf(points, [0, 0], [1, 2])).toEqual({ row: 2, distance: Math.SQRT2 })
    expect(nearestOf({ n: 0, u: new Float32Array() } as Points, [0, 0])).toBeNull()
  })
})

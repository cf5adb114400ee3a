import { describe, expect, it } from 'vitest'
import { apart, hillOf, scaleFor } from './ruler'

const pairs = Float32Array.from({ length: 101 }, (_, i) => 0.5 + i / 20)

describe('the axis', () => {
  it('shows all marks and pairs, in order, and holds what lies beyond', () => {
    const scale = scaleFor(pairs, [0.1, 0.3, 9, null])
    const places = [0.1, 0.3, 1, 9].map((value) => scale.at(value))
    expect(places.every((place, i) => place > 0 && place < 1 && (i === 0 || place > places[i - 1]))).toBe(true)
    expect(scale.at(0)).toBe(0)
    expect(scale.at(1e9)).toBe(1)
    for (const tick of scale.ticks) expect(scale.at(tick)).toBeGreaterThanOrEqual(0)
    expect(scale.ticks).toContain(1)
  })
  it('stands a distance of zero, equal pairs, and twins', () => {
    for (const marks of [[0], [1e-12], [null]]) expect(scaleFor(pairs, marks).low).toBeGreaterThan(0)
    expect(Number.isFinite(scaleFor(new Float32Array(101), [null]).at(1))).toBe(true)
    expect(scaleFor(new Float32Array(101).fill(2), [2]).ticks.length).toBeGreaterThanOrEqual(0)
  })
})

describe('the hill', () => {
  it('is highest among the pairs and nothing far off', () => {
    const scale = scaleFor(pairs, [0.05, 50])
    const hill = hillOf(pairs, scale, 200)
    expect(Math.max(...hill)).toBeCloseTo(1, 9)
    expect(hill[0]).toBeLessThan(0.01)
    expect(hill[199]).toBeLessThan(0.01)
    const top = hill.indexOf(1) / 199
    expect(top).toBeGreaterThan(scale.at(0.5))
    expect(top).toBeLessThan(scale.at(5.5))
  })
})

describe('labels', () => {
  it('keep their order, their distance and the edges', () => {
    for (const places of [[10, 12, 14], [290, 299, 300], [0, 150, 300], [50, 40, 45]]) {
      const moved = apart(places, 80, 300)
      const sorted = places.map((_, i) => i).sort((i, j) => places[i] - places[j])
      sorted.forEach((i, rank) => {
        expect(moved[i]).toBeGreaterThanOrEqual(39.9)
        expect(moved[i]).toBeLessThanOrEqual(260.1)
        if (rank) expect(moved[i] - moved[sorted[rank - 1]]).toBeGreaterThan(79.5)
      })
    }
  })
  it('stay where they are if there is room', () => {
    expect(apart([60, 200], 80, 300)).toEqual([60, 200])
    expect(apart([], 80, 300)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { bandBetween, limits, linear, logarithmic, pathThrough, roundTicks } from './axis'

describe('axes', () => {
  it('go there and back', () => {
    for (const axis of [linear(-3, 7, 40, 400), logarithmic(1e-5, 1, 40, 400)])
      for (const value of [0.002, 0.3, 1]) expect(axis.from(axis.at(value))).toBeCloseTo(value, 9)
  })
  it('hold what lies outside at their ends', () => {
    expect(linear(0, 1, 10, 20).at(5)).toBe(20)
    expect(logarithmic(0.001, 1, 10, 20).at(0)).toBe(10)
  })
  it('stand an empty range', () => {
    expect(Number.isFinite(linear(5, 5, 0, 100).at(5))).toBe(true)
    expect(Number.isFinite(linear(NaN, NaN, 0, 100).at(0.5))).toBe(true)
    expect(Number.isFinite(logarithmic(0, 0, 0, 100).at(0.1))).toBe(true)
  })
  it('have round ticks inside the range, few of them', () => {
    expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(roundTicks(0.37, 41, 4)).toEqual([20, 40])
    for (const wanted of [2, 3, 5, 8]) expect(roundTicks(-0.0123, 0.4567, wanted).length).toBeLessThanOrEqual(wanted + 1)
    expect(logarithmic(1e-9, 1, 0, 100, 4).ticks.at(-1)).toBe(1)
    expect(logarithmic(1e-9, 1, 0, 100, 4).ticks.length).toBeLessThanOrEqual(4)
  })
})

describe('paths', () => {
  it('break where there is no answer', () => {
    expect(pathThrough([0, 1, 2, 3], [0, 1, NaN, 3])).toBe('M0.0 0.0L1.0 1.0M3.0 3.0h0.1')
    expect(pathThrough([], [])).toBe('')
  })
  it('make one closed band a run', () => expect(bandBetween([0, 1, 2], [0, 0, NaN], [1, 1, 1])).toBe('M0.0 1.0L1.0 1.0L1.0 0.0L0.0 0.0Z'))
  it('find limits of what is finite', () => {
    expect(limits([1, null, NaN, 3])).toEqual([1, 3])
    expect(limits([])).toEqual([0, 1])
  })
})

import { describe, expect, it } from 'vitest'
import { normals, uniforms } from './geometry'
import { betaQuantile, betaShare, meanInterval, meanOf, shareInterval, shareTail, standOut, studentQuantile, studentTail } from './statistics'

describe('beta', () => {
  it('agrees with closed forms', () => {
    for (const x of [0.01, 0.3, 0.5, 0.9, 0.999]) {
      expect(betaShare(x, 1, 1)).toBeCloseTo(x, 12)
      expect(betaShare(x, 3, 1)).toBeCloseTo(x ** 3, 12)
      expect(betaShare(x, 2, 2)).toBeCloseTo(x * x * (3 - 2 * x), 12)
      expect(betaShare(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 10)
      expect(betaShare(x, 40, 7) + betaShare(1 - x, 7, 40)).toBeCloseTo(1, 12)
    }
  })
  it('goes there and back', () => {
    for (const [a, b] of [[0.5, 0.5], [3, 9], [200, 1]]) for (const share of [0.001, 0.05, 0.5, 0.95]) expect(betaShare(betaQuantile(share, a, b), a, b)).toBeCloseTo(share, 9)
  })
})

describe('Student', () => {
  it('has the known quantiles', () => {
    expect(studentQuantile(0.95, 1)).toBeCloseTo(6.3138, 3)
    expect(studentQuantile(0.95, 9)).toBeCloseTo(1.8331, 3)
    expect(studentQuantile(0.975, 1e6)).toBeCloseTo(1.96, 3)
    expect(studentQuantile(0.05, 9)).toBeCloseTo(-1.8331, 3)
  })
  it('has tails that match them', () => {
    for (const freedom of [2, 9, 100]) expect(studentTail(studentQuantile(0.95, freedom), freedom)).toBeCloseTo(0.1, 6)
    expect(studentTail(0, 5)).toBeCloseTo(1, 12)
  })
  it('gives intervals that hold the mean nine times in ten', () => {
    const normal = normals(1)
    let hits = 0
    for (let i = 0; i < 1000; i++) {
      const [low, high] = meanInterval(meanOf(Float64Array.from({ length: 10 }, normal)))
      hits += Number(low <= 0 && 0 <= high)
    }
    // Binomial(1000, 0.9) leaves [850, 943] less often than 1 time in a million.
    expect(hits).toBeGreaterThan(850)
    expect(hits).toBeLessThan(943)
  })
  it('leaves out what is missing, and says nothing of one value', () => {
    expect(meanOf([1, NaN, 3])).toEqual({ value: 2, error: 1, count: 2 })
    expect(meanInterval(meanOf([5]))[0]).toBeNaN()
    expect(meanOf([]).value).toBeNaN()
  })
})

describe('shares', () => {
  it('have the interval of Clopper and Pearson', () => {
    const [low, high] = shareInterval(3, 10)
    expect(low).toBeCloseTo(0.0873, 4)
    expect(high).toBeCloseTo(0.6066, 4)
    expect(shareInterval(0, 20)[0]).toBe(0)
    expect(shareInterval(20, 20)[1]).toBe(1)
  })
  it('have binomial tails', () => {
    expect(shareTail(0, 3, 0.5)).toBeCloseTo(0.25, 10)
    expect(shareTail(5, 10, 0.5)).toBe(1)
    expect(shareTail(3, 3, 0.1)).toBeCloseTo(0.002, 10)
  })
})

describe('many tests', () => {
  it('follow Benjamini and Hochberg: the largest rank whose p-value is small enough, and all before it', () => {
    expect(standOut([0.001, 0.011, 0.02, 0.039, 0.5], 0.05)).toEqual([true, true, true, true, false])
    expect(standOut([0.04, 0.5, 0.6], 0.1)).toEqual([false, false, false])
    expect(standOut([NaN, 0.001], 0.1)).toEqual([false, true])
    expect(standOut([], 0.1)).toEqual([])
  })
  it('find something in pure chance at most one time in ten', () => {
    const uniform = uniforms(5)
    let wrong = 0
    for (let i = 0; i < 1000; i++) wrong += Number(standOut(Array.from({ length: 30 }, uniform), 0.1).some(Boolean))
    // Binomial(1000, 0.1) exceeds 148 less often than 1 time in a million.
    expect(wrong).toBeLessThan(148)
  })
})

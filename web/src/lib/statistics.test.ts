import { describe, expect, it } from 'vitest'
import { normals, uniforms } from './geometry'
import { betaQuantile, betaShare, meanInterval, meanOf, shareInterval, shareMeanInterval, shareTail, standOut, studentQuantile, studentTail } from './statistics'

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

describe('the interval of a mean of probabilities', () => {
  it('stays within 0 and 1 and holds the mean', () => {
    for (const values of [[...new Array(47).fill(0.0001), 0.15], new Array(30).fill(0), new Array(30).fill(1), [0, 1, 0.5], [0.2, 0.2, 0.2]]) {
      const mean = meanOf(values)
      const [low, high] = shareMeanInterval(mean)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(mean.value)
      expect(high).toBeGreaterThanOrEqual(mean.value)
      expect(high).toBeGreaterThan(low)
    }
  })
  it('is much like that of Student where no bound is near, and the exact one for zeros and ones', () => {
    const uniform = uniforms(5)
    const mean = meanOf(Array.from({ length: 200 }, () => 0.3 + 0.4 * uniform()))
    const [ours, student] = [shareMeanInterval(mean), meanInterval(mean)]
    expect(Math.abs(ours[0] - student[0])).toBeLessThan(0.005)
    expect(Math.abs(ours[1] - student[1])).toBeLessThan(0.005)
    const [low, high] = shareMeanInterval(meanOf([...new Array(20).fill(1), ...new Array(180).fill(0)]))
    const exact = shareInterval(20, 200)
    expect(Math.abs(low - exact[0])).toBeLessThan(0.003)
    expect(Math.abs(high - exact[1])).toBeLessThan(0.003)
  })
  it('holds the true mean of skewed probabilities about nine times in ten or more', () => {
    const normal = normals(3)
    const draws = () => Array.from({ length: 60 }, () => 1 / (1 + Math.exp(2 - 1.5 * normal())))
    const truth = meanOf(Array.from({ length: 400 }, draws).flat()).value
    let held = 0
    for (let i = 0; i < 400; i++) {
      const [low, high] = shareMeanInterval(meanOf(draws()))
      if (low <= truth && truth <= high) held++
    }
    expect(held / 400).toBeGreaterThan(0.87)
  })
})

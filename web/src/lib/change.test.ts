import { describe, expect, it } from 'vitest'
import { answerFor, judge, lopsidedWords, noisyWords, rankWords, sentenceOf, verdictOf } from './change'
import type { Change } from './types'

describe('the first sentence', () => {
  it('counts random pairs from the side with more of them, the interval with it', () => {
    expect(rankWords(71, [66, 75])).toBe('further than 71 of 100 random pairs (90% interval 66 to 75)')
    expect(rankWords(37, [30, 45])).toBe('closer than 63 of 100 random pairs (90% interval 55 to 70)')
    expect(rankWords(100, null)).toBe('further than over 99 of 100 random pairs')
    expect(rankWords(0.2, null)).toBe('closer than over 99 of 100 random pairs')
  })
  it('says how far', () => {
    const ranged = (value: number) => ({ value, interval: null })
    expect(sentenceOf({ distance: ranged(3.14159), percentile: ranged(71) })).toBe('These two lie 3.14 sd apart: further than 71 of 100 random pairs.')
    expect(sentenceOf({ distance: ranged(0), percentile: ranged(0) })).toContain('same place')
  })
})

describe('the verdict', () => {
  it('is withheld where either lies outside the data, whatever the distance', () => {
    for (const support of [{ a: 3, b: 0 }, { a: 0, b: 3 }, { a: 3, b: 3 }]) for (const distance of [0, 0.1, 9]) expect(judge(distance, 0.5, support).name).toBe('WITHHELD')
  })
  it('follows what measuring again differs by, and is not given where that was not measured', () => {
    const support = { a: 0, b: 1 }
    expect(judge(0.6, 0.5, support).name).toBe('CHANGED')
    expect(judge(0.5, 0.5, support).name).toBe('NOISE')
    expect(judge(0, 0.5, support).name).toBe('SAME')
    expect(judge(0.6, null, support).name).toBe('NOT JUDGED')
  })
})

describe('a measured answer', () => {
  const changes = [{ space: 's', a: { id: '1' }, b: { id: '2' } }, { space: 't', a: { id: '3' }, b: { id: '4' } }] as unknown as Change[]
  it('is found in its own space, in either direction', () => {
    expect(answerFor(changes, 's', '1', '2')).toEqual({ at: 0, reversed: false })
    expect(answerFor(changes, 's', '2', '1')).toEqual({ at: 0, reversed: true })
    expect(answerFor(changes, 's', '3', '4')).toBeNull()
  })
})

describe('what is said of doubt', () => {
  const measured = (low: number, high: number) => ({ distance: { value: 3.14, interval: [low, high] as [number, number] }, percentile: { value: 1, interval: null } })
  it('tells why an interval is lopsided, where it is', () => {
    expect(lopsidedWords(measured(1.38, 3.29))).toContain('makes distances longer')
    expect(lopsidedWords(measured(2.9, 3.4))).toBe('')
    expect(lopsidedWords({ ...measured(1, 2), distance: { value: 3, interval: null } })).toBe('')
  })
  it('says where noise is larger than the way to a neighbour', () => {
    expect(noisyWords(0.34, 0.05)).toContain('0.34 sd')
    expect(noisyWords(0.34, 2)).toBe('')
    expect(noisyWords(null, 2)).toBe('')
  })
  it('names what the verdict of a measured answer rests on', () => {
    const answer = { verdict: 'CHANGED', words: "It is more than noise (d' = 16.2): the same object measured again differs as much 0.1% of the time." } as Change
    expect(verdictOf(answer).words).toContain("rests on d' = 16.2")
    expect(verdictOf(answer).words).toContain('0.1% of the time')
    expect(verdictOf({ ...answer, words: '' }).words).not.toContain('rests on')
  })
})

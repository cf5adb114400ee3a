import { describe, expect, it } from 'vitest'
import { counted, formatOver, grouped, number, oneIn, oneInInterval, percent, percentInterval } from './chance'
import { rareness } from './words'

describe('probabilities in words', () => {
  it('says the levels as people say them', () => {
    expect([0.5, 0.1, 0.01, 0.001, 0.0001].map(oneIn)).toEqual(['1 in 2', '1 in 10', '1 in 100', '1 in 1,000', '1 in 10,000'])
  })
  it('says float32 levels the same', () => expect([0.1, 0.01, 0.001].map(Math.fround).map(oneIn)).toEqual(['1 in 10', '1 in 100', '1 in 1,000']))
  it('keeps two digits and never more', () => {
    expect(oneIn(0.00132)).toBe('1 in 760')
    expect(oneIn(1 / 1437)).toBe('1 in 1,400')
    expect(oneIn(0.04)).toBe('1 in 25')
  })
  it('turns to percentages where one-in reads badly', () => {
    expect(oneIn(0.62)).toBe('62%')
    expect(oneIn(0.37)).toBe('37%')
    expect(oneIn(1)).toBe('100%')
    expect(oneIn(0.3333)).toBe('1 in 3')
  })
  it('has words for nothing and for not known', () => {
    expect([0, NaN, 1e-12].map(oneIn)).toEqual(['0', 'unknown', 'less than 1 in 1,000,000,000'])
  })
  it('never says a rarer one as more likely', () => {
    let before = 0
    for (let p = 0.09; p > 1e-8; p *= 0.93) {
      const many = Number(oneIn(p).replace('1 in ', '').replaceAll(',', ''))
      expect(many).toBeGreaterThanOrEqual(before)
      before = many
    }
  })
  it('says intervals, the smaller first, and a bound where there is no lower end', () => {
    expect(oneInInterval(1 / 1400, 1 / 500)).toBe('1 in 1,400 to 1 in 500')
    expect(oneInInterval(0, 0.002)).toBe('at most 1 in 500')
    expect(oneInInterval(0.001, 0.001)).toBe('1 in 1,000')
  })
  it('says both ends of an interval alike', () => {
    expect(oneInInterval(0.2, 0.32)).toBe('20% to 32%')
    expect(oneInInterval(1e-12, 1)).toBe('less than 0.0001% to 100%')
    expect(rareness(1 / 11, 1 / 19, 0.135)).toBe('1 in 11, 90% interval 5.3% to 14%')
    expect(rareness(1 / 240, 1 / 330, 1 / 180)).toBe('1 in 240, 90% interval 180 to 330')
  })
})

describe('shares', () => {
  it('takes as many digits as it needs', () => {
    expect([0.1234, 0.62, 0.0012, 3e-5, 0.999, 0.9996, 1, 0].map(percent)).toEqual(['12%', '62%', '0.12%', '0.003%', '99.9%', '99.96%', '100%', '0%'])
  })
  it('never rounds to 0 or to 100 what is neither', () => {
    for (const share of [1e-9, 1e-4, 0.004, 0.996, 0.99999, 1 - 1e-12]) expect(['0%', '100%']).not.toContain(percent(share))
  })
  it('says intervals', () => expect(percentInterval(0.18, 0.68)).toBe('18% to 68%'))
})

describe('counts and values', () => {
  it('knows one from many', () => {
    expect([counted(1, 'patch', 'patches'), counted(2, 'patch', 'patches'), counted(2000, 'object')]).toEqual(['1 patch', '2 patches', '2,000 objects'])
  })
  it('groups thousands', () => expect([grouped(1234567), grouped(-1234.5), grouped(12)]).toEqual(['1,234,567', '−1,234.5', '12']))
  it('gives a probability two decimals and a price none', () => {
    expect(formatOver([0.02, 0.98])(0.617)).toBe('0.62')
    expect(formatOver([20000, 350000])(123456.7)).toBe('123,457')
  })
  it('gives no answer where the model gave none, and no minus to nothing', () => {
    const write = formatOver([0, 1])
    expect([write(NaN), write(null), write(-0.001)]).toEqual(['no answer', 'no answer', '0.00'])
  })
  it('stands a constant and an empty range', () => {
    expect(formatOver([5, 5])(5)).toBe('5.0')
    expect(formatOver([])(0.5)).toBe('0.50')
  })
  it('says single numbers in three digits', () => expect([0.20315, 3951.2, -1.5, 2.5e-7, 0].map(number)).toEqual(['0.203', '3,951', '−1.5', '2.5e−7', '0']))
})
